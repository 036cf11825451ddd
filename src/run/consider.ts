import { decide, type Lookups } from "../core/decide.ts";
import { asJourneymanError } from "../core/errors.ts";
import { issueDigest } from "../core/plan.ts";
import type { ReceivedCommand, RunState } from "../core/state.ts";
import type { Permission, Subject } from "../core/subject.ts";
import { mayWrite } from "../core/subject.ts";
import { planComment } from "../views/plan-comment.ts";
import type { RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/** Tries a look-up fails for before the command is refused, and the pause between them in milliseconds. */
const TRIES = 3;
const PAUSE_MS = 1_000;

/** Null when GitHub does not tell, whatever the reason: the caller must treat that as "no". */
async function permissionOf(world: World, subject: Subject, received: ReceivedCommand): Promise<Permission | null> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      return await world.forge.permission(subject, received.actor);
    } catch {
      if (attempt < TRIES) await world.clock.sleep(PAUSE_MS);
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
  return live !== null && normalised(live.body) === normalised(planComment(state, state.plan));
}

const UNKNOWN: Lookups = { permission: null, comment: null, issue: null, planIntact: null, modelKnown: null };

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
  const model = received.command.name === "approve" ? received.command.model : null;
  return {
    permission,
    comment,
    issue: { digest: issueDigest(issue), state: issue.state, locked: issue.locked },
    planIntact: name === "approve" ? await planIntact(world, subject, state) : null,
    modelKnown: model === null ? null : world.model.price(model) !== null,
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
