import { settle, worthRerun } from "../../core/testing/evidence.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import type { BaseTree } from "../../ports/trees.ts";
import type { StageContext } from "../stage.ts";
import { runTests, type TestRun } from "./test-run.ts";
import { inWorkspace } from "../workspace.ts";

export interface TestedTwice extends Omit<TestRun, "signal" | "changed"> {
  readonly purpose: string;
  readonly fromCheckpoint: boolean;
}

/** One run of the tests in a sandbox of its own: nothing that an earlier run left behind counts. */
async function* once(
  context: StageContext,
  base: BaseTree,
  wish: TestedTwice,
): AsyncGenerator<RunEvent, EventOf<"tests.finished">> {
  const { purpose, fromCheckpoint, ...run } = wish;
  const changed = fromCheckpoint ? (context.state().checkpoint?.changes ?? []).map(({ path }) => path) : [];
  const place = { purpose, base, writable: true, fromCheckpoint };
  // eslint-disable-next-line require-yield -- the report is for the caller to judge before it is a fact
  return yield* inWorkspace(context, place, async function* (open): AsyncGenerator<
    RunEvent,
    EventOf<"tests.finished">
  > {
    return await runTests(open, { ...run, changed, signal: context.signal });
  });
}

/**
 * Runs the tests, and once more where a failure may be chance, before it counts. One fact comes of both: a test that failed and then passed
 * on the very same files is named as flaky. A crash in between costs both runs again.
 */
export async function* testedTwice(
  context: StageContext,
  base: BaseTree,
  wish: TestedTwice,
): AsyncGenerator<RunEvent, void> {
  const first = yield* once(context, base, wish);
  const baseline = wish.phase === "baseline" ? null : context.state().baseline;
  if (!worthRerun(first, baseline)) {
    yield first;
    return;
  }
  const rerun = yield* once(context, base, { ...wish, purpose: `${wish.purpose}-again` });
  yield settle(first, rerun);
}
