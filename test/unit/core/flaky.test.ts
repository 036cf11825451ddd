import { describe, expect, test } from "vitest";
import { compareTests, settle, verdictOf, worthRerun } from "../../../src/core/testing/evidence.ts";
import type { TestReport } from "../../../src/core/testing/test-report.ts";

const report = (more: Partial<TestReport> = {}): TestReport => ({
  phase: "attempt",
  attempt: 1,
  command: "npm test",
  exitCode: 0,
  ended: "exit",
  durationMs: 1,
  failing: [],
  output: "",
  ...more,
});
const fails = (...failing: string[]): TestReport => report({ exitCode: 1, failing });

describe("a test is flaky that failed, then passed on the same bytes", () => {
  test("all of them: the change has passed", () => {
    const settled = settle(fails("a", "b"), report());
    expect(settled).toEqual(report({ flaky: ["a", "b"] }));
    expect(verdictOf(settled, null, [])).toBe("passed");
  });

  test("some of them: the others failed twice and count", () => {
    expect(settle(fails("a", "b"), fails("b"))).toEqual({ ...fails("b"), flaky: ["a"] });
  });

  test("none of them: nothing is flaky, and a test that failed only the second time is failing", () => {
    expect(settle(fails("a"), fails("a", "c"))).toEqual(fails("a", "c"));
  });

  test.each([
    ["was ended", report({ exitCode: null, ended: "timeout" })],
    ["fails without a name", fails()],
  ])("a second run that %s explains nothing away", (_, rerun) => {
    expect(settle(fails("a"), rerun)).toEqual(fails("a"));
  });
});

test("a second run is worth it only where a test is named that did not fail before", () => {
  const baseline = fails("old");
  expect(worthRerun(fails("a"), null)).toBe(true);
  expect(worthRerun(fails("old", "a"), baseline)).toBe(true);
  expect(worthRerun(fails("old"), baseline)).toBe(false);
  expect(worthRerun(fails(), baseline)).toBe(false);
  expect(worthRerun(report(), baseline)).toBe(false);
  expect(worthRerun({ ...fails("a"), ended: "timeout", exitCode: null }, baseline)).toBe(false);
});

describe("exit code 0 while a report names failing tests", () => {
  const hidden = report({ failing: ["a"] });

  test("is no success", () => {
    expect(verdictOf(hidden, null, [])).toBe("failed");
    expect(verdictOf(hidden, report(), [])).toBe("failed");
    expect(compareTests(fails("a", "b"), hidden)).toMatchObject({ fixed: ["b"], alreadyFailing: ["a"] });
  });

  test("is one where the command succeeded at the base commit in spite of the same tests", () => {
    expect(verdictOf(hidden, report({ failing: ["a", "c"] }), [])).toBe("passed");
    expect(verdictOf(report({ failing: ["a", "b"] }), report({ failing: ["a"] }), [])).toBe("failed");
  });

  test("is accepted like any failure that was there before and was declared", () => {
    expect(verdictOf(hidden, fails("a"), ["a"])).toBe("accepted");
    expect(verdictOf(hidden, fails("a"), [])).toBe("failed");
  });
});
