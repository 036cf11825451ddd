import { isSilent } from "../core/fork.ts";
import { next } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import type { Journal } from "../ports/journal.ts";
import { type Comparison, compare, comparisonTable } from "../views/comparison.ts";
import { endNotice, parkedNotice } from "../views/notice.ts";
import { planComment } from "../views/plan-comment.ts";

/* What is printed when a fork has come to its end or rest: how to go on, if it can be gone on with, and both runs side by side. */

/** How to go on. Decisions on what GitHub is shown are made there. */
function waiting(state: RunState, waitsFor: "approval" | "answer"): string {
  const again = `journeyman fork --resume ${state.run}`;
  if (waitsFor === "answer") {
    const questions = (state.question?.questions ?? []).map((question, at) => `${at + 1}. ${question}`).join("\n");
    const how = isSilent(state) ? `Answer it: ${again} --answer "…"` : "Answer it on the issue, with /answer.";
    return `It asks:\n${questions}\n\n${how}`;
  }
  const plan = state.plan === null ? "" : planComment(state, state.plan);
  const how = isSilent(state) ? `Approve it: ${again} --approve` : "Decide on it on the issue, with /approve.";
  return `${plan}\n\nThe plan awaits approval. ${how}`;
}

function standing(state: RunState): string {
  if (state.outcome !== null) return endNotice(state);
  const step = next(state);
  const again = `Go on: journeyman fork --resume ${state.run}`;
  if (step.kind === "wait") return waiting(state, step.for);
  if (step.kind === "parked") return `${parkedNotice(state)}\n\n${again}`;
  return `Let go before its end. ${again}`;
}

async function sideBySide(journal: Journal, state: RunState): Promise<Comparison | null> {
  const { run, fork } = state;
  if (fork === null) return null;
  return compare(run, { origin: await journal.load(fork.origin), fork: await journal.load(run) });
}

/** Both as text and as data. Throws `journal_corrupt`. */
export async function forkEnding(
  journal: Journal,
  state: RunState,
): Promise<{ readonly text: string; readonly comparison: Comparison | null }> {
  const comparison = await sideBySide(journal, state);
  const parts = [standing(state), comparison === null ? "" : comparisonTable(comparison)];
  return { text: parts.filter((part) => part !== "").join("\n\n"), comparison };
}
