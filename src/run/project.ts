import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { type Owed, owed, shownText } from "../views/owed.ts";
import type { LiveStatus } from "./live-status.ts";
import { assertLease, type RunLog } from "./run-log.ts";
import { intentOf, isIntendedBare, keptText } from "./shown-text.ts";
import type { World } from "./world.ts";

/*
 * Brings GitHub in line with the views, exactly once: intent, effect, done. The forge looks each write up by its marker before it
 * is repeated, so a crash between effect and done is settled by running the same step again. The intent stands directly after the facts
 * that its text was rendered from, and names the text (`shown-text.ts`).
 */

interface Shown {
  readonly remoteId: string;
  readonly url: string;
}

/** An effect that is owed, and the state that owes it. */
interface Due {
  readonly state: RunState;
  readonly effect: Owed;
}

function due(world: World, log: RunLog, wanted: (effect: Owed) => boolean): Due | null {
  const state = log.state();
  const effect = owed(state, world.view).find(wanted);
  return effect === undefined ? null : { state, effect };
}

/** The comments that the journal knows. */
const postedBy = ({ effects }: RunState): ReadonlySet<number> =>
  new Set(Object.values(effects).map((done) => Number(done?.remoteId ?? 0)));

/** What is shown last at a run's end takes twins of its comments with it: a worker that was taken over may have left one. */
async function show(world: World, { state, effect }: Due, body: string): Promise<Shown> {
  const { forge } = world;
  const { subject } = state;
  if (subject === null) throw new JourneymanError("internal", { reason: "an effect is owed to no issue" });
  switch (effect.kind) {
    case "reaction":
      await forge.react(subject, effect.commentId, "eyes");
      return { remoteId: "", url: "" };
    case "edit":
      await forge.editComment(subject, effect.commentId, { marker: effect.marker, body });
      if (state.outcome !== null) await forge.removeTwins?.(subject, postedBy(state));
      return { remoteId: String(effect.commentId), url: "" };
    case "comment":
    case "reply": {
      const posted = await forge.postComment(subject, effect.marker, body);
      if (effect.kind === "reply" && posted.adopted)
        await forge.editComment(subject, posted.id, { marker: effect.marker, body });
      return { remoteId: String(posted.id), url: posted.url };
    }
  }
}

/** The text that the effect's intent names, once there is an intent; null when facts came in between, and what is owed must be asked anew. */
async function intend(world: World, log: RunLog, { state, effect }: Due): Promise<string | null> {
  const kept = await keptText(world, state, effect.key);
  if (kept !== null) return kept;
  const text = shownText(effect);
  if (isIntendedBare(state, effect.key)) return text;
  const intent = await intentOf(world, effect, text);
  return (await log.append([intent], { ifFacts: state.facts })) ? text : null;
}

/** An effect that GitHub will never take ends the run, because nobody could be told how it goes on; a lost answer does not. */
const lost = (log: RunLog, effect: Owed, error: JourneymanError): readonly RunEvent[] =>
  effect.kind !== "comment" || log.state().outcome !== null
    ? []
    : [{ type: "run.finished", outcome: "failed", code: error.code, details: error.details }];

async function settle(world: World, log: RunLog, owing: Due): Promise<void> {
  const { effect, state } = owing;
  const { key, kind } = effect;
  const body = state.subject === null ? null : await intend(world, log, owing);
  if (state.subject === null || body === null) return;
  await assertLease(world, log);
  try {
    world.failpoint(`effect.before:${key}`);
    const shown = await show(world, owing, body);
    world.failpoint(`effect.after:${key}`);
    await log.append([{ type: "effect.done", key, kind, ...shown }]);
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (error.code === "lease_lost" || (error.class !== "terminal" && effect.kind !== "reaction")) throw error;
    world.log.warn({ run: log.claim.run, key, code: error.code }, "effect.lost");
    await log.append([{ type: "effect.done", key, kind, remoteId: "", url: "" }, ...lost(log, effect, error)]);
  }
}

/**
 * Does the first effect that is owed; false when nothing is. Throws what is worth trying again. A live edit of the status comment that is
 * still under way must not overtake the one that is owed.
 */
export async function project(world: World, log: RunLog, status: LiveStatus): Promise<boolean> {
  const owing = due(world, log, () => true);
  if (owing === null) return false;
  if (owing.effect.kind === "edit") await status.settled();
  await settle(world, log, owing);
  return true;
}

const isAnswer = ({ kind }: Owed): boolean => kind === "reaction" || kind === "reply";

/** While a stage works: answers to people, and the sign that they were heard. The rest waits until the stage is over. */
export async function projectAnswers(world: World, log: RunLog): Promise<void> {
  for (let owing = due(world, log, isAnswer); owing !== null; owing = due(world, log, isAnswer))
    await settle(world, log, owing);
}
