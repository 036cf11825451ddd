import { expect, test } from "vitest";
import type { TestReport } from "../../../src/core/testing/test-report.ts";
import { compareTests, verdictOf } from "../../../src/core/testing/evidence.ts";
import * as facts from "../../support/facts.ts";

function report(more: Partial<TestReport>): TestReport {
  const fact = facts.report(more);
  if (fact.type !== "tests.finished") throw new TypeError("not a report");
  return fact;
}

const baseline = report({ phase: "baseline", exitCode: 1, failing: ["a", "b"] });

test("what fails is told apart by whether it failed before", () => {
  const after = report({ exitCode: 1, failing: ["b", "c"] });
  expect(compareTests(baseline, after)).toEqual({ fixed: [], newlyFailing: ["c"], alreadyFailing: ["b"] });
});

test("a test counts as no longer failing only when the whole command ends with 0", () => {
  expect(compareTests(baseline, report({})).fixed).toEqual(["a", "b"]);
  expect(compareTests(baseline, report({ exitCode: 3, failing: [] })).fixed).toEqual([]);
  expect(compareTests(baseline, report({ exitCode: null, ended: "timeout" })).fixed).toEqual([]);
});

test("a failure is accepted only when each failing test is named, failed before and was declared", () => {
  const failing = (names: string[]) => report({ exitCode: 1, failing: names });
  expect(verdictOf(report({}), baseline, [])).toBe("passed");
  expect(verdictOf(failing(["b"]), baseline, ["b"])).toBe("accepted");
  expect(verdictOf(failing(["b"]), baseline, [])).toBe("failed");
  expect(verdictOf(failing(["c"]), baseline, ["c"])).toBe("failed");
  expect(verdictOf(failing([]), baseline, ["a", "b"])).toBe("failed");
});
