import type { RunEvent } from "../../core/events.ts";
import { isChangedTest, proofOf, testsOf } from "../../core/testing/reproduction.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { runTests } from "./test-run.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

/**
 * Tries the tests of a change that passed on the base commit: its added and changed tests are put there, nothing else of it, and the test
 * command runs. Tests that pass there do not show the bug.
 */
export async function* reproduce(context: StageContext, command: string): AsyncGenerator<RunEvent, void> {
  const { state, signal, round } = context;
  const { minutes } = intakeOf(context).settings.tests;
  const attempt = state().attempts.length;
  const withChange = required(state().attempts.at(-1) ?? null, "attempt");
  const files = testsOf(state());
  const base = await baseTree(context);
  yield* inWorkspace(
    context,
    { purpose: `reproduce-${round}`, base, writable: true, fromCheckpoint: true, only: isChangedTest },
    async function* (open): AsyncGenerator<RunEvent, void> {
      const run = { command, minutes, phase: "attempt", attempt, changed: files, signal } as const;
      const { type: _, ...report } = await runTests(open, run);
      const { reproduced } = proofOf(report, withChange);
      yield { type: "reproduction.finished", files, report, reproduced };
    },
  );
}
