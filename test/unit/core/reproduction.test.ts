import { expect, test } from "vitest";
import { proofOf, testsOf } from "../../../src/core/testing/reproduction.ts";
import type { TestReport } from "../../../src/core/testing/test-report.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

function report(more: Partial<TestReport>): TestReport {
  const fact = facts.report(more);
  if (fact.type !== "tests.finished") throw new TypeError("not a report");
  return fact;
}

const failing = (...tests: string[]): TestReport => report({ exitCode: 1, failing: tests });

test("the proof is what fails without the change and passes with it", () => {
  expect(proofOf(failing("new", "old"), failing("old"))).toEqual({ reproduced: true, tests: ["new"] });
});

test("tests that pass without the change show nothing", () => {
  expect(proofOf(report({}), report({}))).toEqual({ reproduced: false, tests: [] });
});

test("tests that fail in both show nothing", () => {
  expect(proofOf(failing("old"), failing("old"))).toEqual({ reproduced: false, tests: [] });
});

test("a failure without names shows the bug only when nothing fails with the change", () => {
  const nameless = report({ exitCode: 2, failing: [] });
  expect(proofOf(nameless, report({})).reproduced).toBe(true);
  expect(proofOf(nameless, failing("old")).reproduced).toBe(false);
  expect(proofOf(report({ ended: "timeout", exitCode: null }), report({})).reproduced).toBe(true);
});

test("a command that hides a failing test from its exit code does not hide the proof", () => {
  expect(proofOf(report({ exitCode: 0, failing: ["new"] }), report({}))).toEqual({ reproduced: true, tests: ["new"] });
});

test("the tests of a change are its added and altered test files, not the deleted ones", () => {
  const events = work.passed(["src/money.js", "test/b.test.js", "pkg/a_test.go"]);
  expect(testsOf(facts.stateOf(events))).toEqual(["pkg/a_test.go", "test/b.test.js"]);
});
