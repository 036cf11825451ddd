import { truncateMarkdown } from "../core/text/defuse.ts";
import { asJourneymanError, type JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { Subject } from "../core/subject.ts";
import { type Owed, owed } from "../views/owed.ts";
import type { LiveStatus } from "./live-status.ts";
import { assertLease, type RunLog } from "./run-log.ts";
import type { World } from "./world.ts";

/*
 * Brings GitHub in line with the views, exactly once: intent, effect, done. The forge looks each write up by its marker before it
 * is repeated, so a crash between effect and done is settled by running the same step again.
 */

interface Shown {
  readonly remoteId: string;
  readonly url: string;
}

async function show(world: World, subject: Subject, effect: Owed): Promise<Shown> {
  const { forge } = world;
  switch (effect.kind) {
    case "reaction":
      await forge.react(subject, effect.commentId, "eyes");
      return { remoteId: "", url: "" };
    case "edit":
      await forge.editComment(subject, effect.commentId, {
        marker: effect.marker,
        body: truncateMarkdown(effect.body()),
      });
      return { remoteId: String(effect.commentId), url: "" };
    case "comment":
    case "reply": {
      const body = truncateMarkdown(effect.body());
      const posted = await forge.postComment(subject, effect.marker, body);
      if (effect.kind === "reply" && posted.adopted)
        await forge.editComment(subject, posted.id, { marker: effect.marker, body });
      return { remoteId: String(posted.id), url: posted.url };
    }
  }
}

/** An effect that GitHub will never take ends the run, because nobody could be told how it goes on; a lost answer does not. */
const lost = (log: RunLog, effect: Owed, error: JourneymanError): readonly RunEvent[] =>
  effect.kind !== "comment" || log.state().outcome !== null
    ? []
    : [{ type: "run.finished", outcome: "failed", code: error.code, details: error.details }];

async function settle(world: World, log: RunLog, effect: Owed): Promise<void> {
  const subject = log.state().subject;
  if (subject === null) return;
  const { key, kind } = effect;
  if (log.state().effects[key] === undefined) await log.append([{ type: "effect.intended", key, kind }]);
  await assertLease(world, log);
  try {
    world.failpoint(`effect.before:${key}`);
    const shown = await show(world, subject, effect);
    world.failpoint(`effect.after:${key}`);
    await log.append([{ type: "effect.done", key, kind, ...shown }]);
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (error.class !== "terminal" && effect.kind !== "reaction") throw error;
    world.log.warn({ run: log.claim.run, key, code: error.code }, "effect.lost");
    await log.append([{ type: "effect.done", key, kind, remoteId: "", url: "" }, ...lost(log, effect, error)]);
  }
}

/**
 * Does the first effect that is owed; false when nothing is. Throws what is worth trying again. A live edit of the status comment that is
 * still under way must not overtake the one that is owed.
 */
export async function project(world: World, log: RunLog, status: LiveStatus): Promise<boolean> {
  const effect = owed(log.state(), world.view)[0];
  if (effect === undefined) return false;
  if (effect.kind === "edit") await status.settled();
  await settle(world, log, effect);
  return true;
}

/** While a stage works: answers to people, and the sign that they were heard. The rest waits until the stage is over. */
export async function projectAnswers(world: World, log: RunLog): Promise<void> {
  for (;;) {
    const effect = owed(log.state(), world.view).find(({ kind }) => kind === "reaction" || kind === "reply");
    if (effect === undefined) return;
    await settle(world, log, effect);
  }
}
