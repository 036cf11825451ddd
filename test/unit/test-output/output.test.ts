import { describe, expect, test } from "vitest";
import { digestOutput } from "../../../src/core/testing/test-output.ts";

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
