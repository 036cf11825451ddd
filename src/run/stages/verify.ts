import type { RunEvent } from "../../core/events.ts";
import { commandsOf } from "../commands-of.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { runTests } from "../test-run.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

/**
 * Runs the tests on the submitted change: in a sandbox of its own, rebuilt from the base tree and the checkpoint, so that what is tested
 * is what will be committed and nothing that the work left behind.
 */
export async function* verify(context: StageContext): AsyncGenerator<RunEvent, void> {
  const { state, signal, round } = context;
  const base = await baseTree(context);
  const { test } = await commandsOf(context, base);
  if (test === null) return;
  const { minutes } = intakeOf(context).settings.tests;
  const attempt = state().attempts.length + 1;
  yield* inWorkspace(
    context,
    { purpose: `verify-${round}`, base, writable: true, fromCheckpoint: true },
    async function* (open): AsyncGenerator<RunEvent, void> {
      yield await runTests(open, { command: test, minutes, phase: "attempt", attempt, signal });
    },
  );
}
