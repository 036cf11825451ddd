import { expect, test } from "vitest";
import { placedReview } from "../../../src/core/review.ts";
import * as work from "../../support/work-facts.ts";

const lines = new Map([["src/money.js", 10]]);
const placed = (path: string, line: number | null): number | null =>
  placedReview({ summary: "s", findings: [work.finding("major", { path, line })] }, lines).findings[0]?.line ?? null;

test("a line is kept only where the changed file has it", () => {
  expect(placed("src/money.js", 10)).toBe(10);
  expect(placed("src/money.js", 11)).toBeNull();
  expect(placed("src/money.js", null)).toBeNull();
});

test("a finding outside the changed files is kept without its line", () => {
  expect(placed("src/other.js", 1)).toBeNull();
});

test("the most severe findings come first, equals in the order of the reviewer", () => {
  const findings = (["nit", "major", "minor", "blocker", "major"] as const).map((severity, at) =>
    work.finding(severity, { title: String(at) }),
  );
  const review = placedReview({ summary: "s", findings }, lines);
  expect(review.findings.map(({ title }) => title).join("")).toBe("31420");
});
