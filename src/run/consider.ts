import { decide, type Lookups } from "../core/decide.ts";
import { asJourneymanError } from "../core/errors.ts";
import { issueDigest } from "../core/plan.ts";
import type { ReceivedCommand, RunState } from "../core/state.ts";
import type { Permission, Subject } from "../core/subject.ts";
import { mayWrite } from "../core/subject.ts";
import { planComment } from "../views/plan-comment.ts";
import type { RunLog } from "./run-log.ts";
import { keptText } from "./shown-text.ts";
import type { World } from "./world.ts";

/** Tries a look-up fails for before the command is refused, and the pause between them in milliseconds. */
const TRIES = 3;
const PAUSE_MS = 1_000;

/** How long an outage of GitHub is waited out before its author is asked to give a command again, in milliseconds. */
const PATIENCE_MS = 10 * 60_000;

/** Whether it is early to say no: GitHub is away, or asked for silence, and the command was given not long ago. */
function mayPass(world: World, { comment }: ReceivedCommand, thrown: unknown): boolean {
  const givenAt = comment === null ? null : Date.parse(comment.updatedAt);
  return asJourneymanError(thrown).class === "wait" && (givenAt === null || world.clock.now() - givenAt < PATIENCE_MS);
}

/**
 * Null when GitHub does not tell: the caller must treat that as "no". Throws what passes by itself, so that the command is looked at again
 * with the next wake.
 */
async function permissionOf(world: World, subject: Subject, received: ReceivedCommand): Promise<Permission | null> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      return await world.forge.permission(subject, received.actor);
    } catch (thrown) {
      if (attempt < TRIES) await world.clock.sleep(PAUSE_MS);
      else if (mayPass(world, received, thrown)) throw thrown;
    }
  }
  return null;
}

async function commentOf(world: World, subject: Subject, received: ReceivedCommand): Promise<Lookups["comment"]> {
  if (received.comment === null) return null;
  const live = await world.forge.comment(subject, received.comment.id);
  if (live === null) return null;
  return { unedited: live.createdAt === live.updatedAt && live.actor.id === received.actor.id };
}

const normalised = (body: string): string => body.replaceAll("\r\n", "\n").trim();

async function planIntact(world: World, subject: Subject, state: RunState): Promise<boolean | null> {
  if (state.plan === null) return null;
  const posted = state.effects[`plan.${state.plan.revision}`];
  if (!posted) return false;
  const live = await world.forge.comment(subject, Number(posted.remoteId));
  const shown = (await keptText(world, state, posted.key)) ?? planComment(state, state.plan);
  return live !== null && normalised(live.body) === normalised(shown);
}

const UNKNOWN: Lookups = {
  permission: null,
  comment: null,
  issue: null,
  planIntact: null,
  modelKnown: null,
  newRun: null,
};

async function look(world: World, state: RunState, received: ReceivedCommand): Promise<Lookups> {
  const { subject } = state;
  if (subject === null) return UNKNOWN;
  const permission = await permissionOf(world, subject, received);
  const { name } = received.command;
  if (permission === null || permission === "none") return { ...UNKNOWN, permission };
  const comment = await commentOf(world, subject, received);
  const light = name === "status" || name === "help" || name === "stop" || name === "unusable";
  if (light || (!mayWrite(permission) && name !== "answer")) return { ...UNKNOWN, permission, comment };
  const issue = await world.forge.issue(subject);
  const { command } = received;
  const model = command.name === "approve" || command.name === "retry" ? (command.model ?? null) : null;
  return {
    permission,
    comment,
    issue: { digest: issueDigest(issue), state: issue.state, locked: issue.locked },
    planIntact: name === "approve" ? await planIntact(world, subject, state) : null,
    modelKnown: model === null ? null : world.model.price(model) !== null,
    newRun: name === "retry" ? world.clock.newRunId() : null,
  };
}

/** What GitHub will never tell is not granted; what it cannot tell now is asked again at the next wake. */
async function lookOrRefuse(world: World, state: RunState, received: ReceivedCommand): Promise<Lookups> {
  try {
    return await look(world, state, received);
  } catch (thrown) {
    if (asJourneymanError(thrown).class !== "terminal") throw thrown;
    return UNKNOWN;
  }
}

/** Looks up what the command needs and writes down the answer. */
export async function consider(world: World, log: RunLog, received: ReceivedCommand): Promise<void> {
  const lookups = await lookOrRefuse(world, log.state(), received);
  const isPending = (): boolean => log.state().commands.some(({ index }) => index === received.index);
  while (isPending() && !(await log.append(decide(log.state(), received, lookups), { ifUnchanged: true })));
  if (received.command.name === "retry" && isAccepted(log.state(), received)) world.model.probe?.();
}

const isAccepted = ({ answered }: RunState, { index }: ReceivedCommand): boolean =>
  answered.some((one) => one.index === index && one.refusal === null);
