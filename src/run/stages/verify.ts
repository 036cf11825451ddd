import type { RunEvent } from "../../core/events.ts";
import { reproductionOwed } from "../../core/testing/reproduction.ts";
import { commandsOf } from "../testing/commands-of.ts";
import { reproduce } from "../testing/reproducing.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { testedTwice } from "../testing/tested-twice.ts";
import { baseTree } from "../workspace.ts";

/**
 * Runs the tests on the submitted change, in sandboxes of their own, rebuilt from the base tree and the checkpoint, so that what is tested
 * is what will be committed and nothing that the work left behind. For a bug, the change's tests are then tried without the change.
 */
export async function* verify(context: StageContext): AsyncGenerator<RunEvent, void> {
  const { state, round } = context;
  const base = await baseTree(context);
  const { test: command } = await commandsOf(context, base);
  if (command === null) return;
  const { minutes } = intakeOf(context).settings.tests;
  const attempt = state().attempts.length + 1;
  if (state().submissions.length >= attempt) {
    const run = {
      command,
      minutes,
      phase: "attempt",
      attempt,
      purpose: `verify-${round}`,
      fromCheckpoint: true,
    } as const;
    yield* testedTwice(context, base, run);
  }
  if (reproductionOwed(state())) yield* reproduce(context, command);
}
