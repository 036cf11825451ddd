import type { TestContext } from "vitest";
import type { Outcome } from "./outcome.ts";
import type { Store } from "./fault-run.ts";
import { TURNS } from "./scene.ts";

/** What came of a fault. More letters stand in the matrix; these four can come of a kill. */
export const CODES = {
  R: "resumed, nothing repeated",
  R1: "resumed, the answer in flight was asked for again",
  T: "work since the last checkpoint is gone, and the model told",
  E: "an effect was settled, not doubled",
} as const;

declare module "vitest" {
  interface TaskMeta {
    /** For the table of `docs/faults.md`. */
    fault?: { readonly suite: string; readonly store: Store; readonly code: string };
  }
}

/** What was written after the last checkpoint is gone, and the model is told so. */
const wasCutOff = ({ facts }: Outcome): boolean =>
  facts.some(({ event }) => event.type === "message.added" && event.text.startsWith("The work was interrupted."));

/** Which of them came of a fault in the scene. */
export function codeOf(outcome: Outcome): keyof typeof CODES {
  const { facts, modelRequests } = outcome;
  if (wasCutOff(outcome)) return "T";
  if (modelRequests > TURNS.length) return "R1";
  const intended = new Map<string, number>();
  for (const { event, epoch } of facts) {
    if (event.type === "effect.intended") intended.set(event.key, epoch);
    if (event.type === "effect.done" && intended.get(event.key) !== epoch) return "E";
  }
  return "R";
}

/** Notes what came of a case for the table. */
export function note({ task }: Pick<TestContext, "task">, suite: string, store: Store, outcome: Outcome): void {
  task.meta.fault = { suite, store, code: codeOf(outcome) };
}
