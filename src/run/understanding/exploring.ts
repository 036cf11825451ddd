import { merge } from "../../agent/merge.ts";
import type { RunEvent } from "../../core/events.ts";
import { type Explored, Findings, mergedExploration } from "../../core/understanding/exploration.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { commandsOf } from "../testing/commands-of.ts";
import type { ContainedEnd } from "../talk/contained.ts";
import { exploreOne } from "./explorer.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { inWorkspace } from "../workspace.ts";

/*
 * Finding out before planning: a reader for each question of the router, side by side, each in a conversation of its own. Only what they
 * submit is kept. Invariants: (1) a reader that fails costs its question and nothing else; (2) a reader that is done is not asked again
 * after a crash; (3) nothing can be written to.
 */

/** The questions to be explored: none for an easy issue, and no more than the settings allow. */
export function questionsOf(context: StageContext): readonly string[] {
  const { difficulty, explore } = required(context.state().routing, "routing");
  return difficulty === "easy" ? [] : explore.slice(0, intakeOf(context).settings.understand.explorers);
}

function resultOf(end: ContainedEnd): Explored["result"] {
  if (end.kind === "submitted") return { found: Findings.parse(end.input) };
  return { failed: end.kind === "failed" ? end.error.message : "It answered with text instead of findings." };
}

/** All readers side by side. Null when the run was stopped meanwhile. */
async function* exploreAll(
  context: StageContext,
  open: OpenWorkspace,
  questions: readonly string[],
): AsyncGenerator<RunEvent, readonly Explored[] | null> {
  const ending = new AbortController();
  const own = { ...context, signal: AbortSignal.any([context.signal, ending.signal]) };
  const readers = questions.map((question, place) => exploreOne(own, open, { place, question }));
  const ends = yield* merge(readers, () => ending.abort());
  if (ends.some(({ kind }) => kind === "stopped")) return null;
  return questions.map((question, place) => ({ question, result: resultOf(required(ends[place] ?? null, "result")) }));
}

/** Finds out what the router asked for, in one workspace that cannot be written to. */
export async function* explore(context: StageContext, base: BaseTree): AsyncGenerator<RunEvent, void> {
  const questions = questionsOf(context);
  const wish = { purpose: "understand", base, writable: false, fromCheckpoint: false };
  const explored =
    questions.length === 0 ? [] : yield* inWorkspace(context, wish, (open) => exploreAll(context, open, questions));
  if (explored === null) return;
  const { setup, test: tests } = await commandsOf(context, base);
  yield {
    type: "exploration.finished",
    ...mergedExploration(explored, (path) => base.files.has(path), { setup, tests }),
  };
}
