import { describe, expect, test } from "vitest";
import { digestOutput, failingTests } from "../../../src/core/test-output.ts";
import { NODE_SPEC, NODE_TAP } from "./node-samples.ts";
import * as samples from "./samples.ts";

describe("the failing tests are named as the runner names them", () => {
  test.each<readonly [string, string, readonly string[]]>([
    ["node, TAP", NODE_TAP, ["subtracts", "inner fails"]],
    ["node, spec", NODE_SPEC, ["subtracts", "inner fails"]],
    ["vitest, with colours", samples.VITEST, ["t/a.test.ts > sums > fails", "t/a.test.ts > alone"]],
    ["jest", samples.JEST, ["sums › fails", "alone"]],
    ["mocha", samples.MOCHA, ["sums › fails", "alone"]],
    ["pytest", samples.PYTEST, ["test_p.py::test_param[2]", "test_p.py::TestX::test_in", "test_p.py::test_uses"]],
    [
      "unittest",
      samples.UNITTEST,
      [
        "test_error (test_a.Sums.test_error)",
        "test_bad (test_a.Sums.test_bad)",
        "test_sub (test_a.Sums.test_sub) (i=2)",
      ],
    ],
    ["cargo", samples.CARGO, ["tests::calm - should panic", "tests::fails"]],
    ["go", samples.GO, ["TestAdd", "TestAdd/negative"]],
    ["nothing that is known", "all good\nERROR: something\nFAILED (failures=1)\n", []],
    ["nothing", "", []],
  ])("%s", (_, output, names) => {
    expect(failingTests(output)).toEqual(names);
  });

  test("a name comes once, cut to 300 characters, and there are at most 1000", () => {
    const lines = Array.from({ length: 1500 }, (_, at) => `not ok ${at} - test ${at}\nnot ok ${at} - test ${at}`);
    expect(failingTests(lines.join("\n"))).toHaveLength(1000);
    expect(failingTests(`not ok 1 - ${"x".repeat(5000)}`)[0]).toHaveLength(300);
  });
});

describe("a long output is shortened to what is worth reading", () => {
  const noise = (name: string): string => Array.from({ length: 500 }, (_, at) => `ok ${at} - ${name} ${at}\n`).join("");

  test("the beginning, the first failure and the end are kept, and what is left out is counted", () => {
    const output = `start\n${noise("early")}not ok 500 - the one\n  error: broken\n${noise("late")}end\n`;
    const digest = digestOutput(output, 2000);
    expect(digest.length).toBeLessThanOrEqual(2000);
    expect(digest).toMatch(/^start\n/);
    expect(digest).toContain("not ok 500 - the one\n  error: broken\n");
    expect(digest).toMatch(/end\n$/);
    const left = [...digest.matchAll(/\n… (\d+) characters left out …\n/g)].map(([, count]) => Number(count));
    expect(left).toHaveLength(2);
    const kept = digest.replace(/\n… \d+ characters left out …\n/g, "").length;
    expect(kept + left.reduce((sum, count) => sum + count, 0)).toBe(output.length);
  });

  test.each([
    ["a failure at the very end", `${noise("a")}not ok 1 - last`, "not ok 1 - last"],
    ["a failure at the very start", `not ok 1 - first\n${noise("a")}`, "not ok 1 - first"],
    ["no failure known", noise("a"), "ok 499 - a 499"],
    ["a failure of one long line", `Traceback (most recent call last)${"x".repeat(9000)}END`, "END"],
  ])("%s is in it", (_, output, piece) => {
    const digest = digestOutput(output, 1500);
    expect(digest).toContain(piece);
    expect(digest.length).toBeLessThanOrEqual(1500);
  });

  test("a short one stays as it is", () => {
    expect(digestOutput("not ok 1\n", 100)).toBe("not ok 1\n");
  });
});

test.each(["not ok 1 - ", "● ", "FAIL ", "    ", "1) x\n", "✖ ", "(", "test a ... ", "a › "])(
  "hostile output does not make it slow (S37): %j",
  (pattern) => {
    const started = performance.now();
    failingTests(pattern.repeat(1_048_576 / pattern.length));
    digestOutput(pattern.repeat(1_048_576 / pattern.length), 10_000);
    expect(performance.now() - started).toBeLessThan(5000);
  },
);
