import { expect, test } from "vitest";
import { FAILPOINT } from "../../src/app/failpoints.ts";
import { POINTS, resumedPoints, sampledPoints, seeded } from "../support/faults/points.ts";

test("there are 156 points, each with a name and a failpoint of its own", () => {
  expect(POINTS).toHaveLength(156);
  expect(new Set(POINTS.map(({ name }) => name)).size).toBe(156);
  expect(new Set(POINTS.map(({ failpoint }) => failpoint)).size).toBe(156);
  const sizes = Map.groupBy(POINTS, ({ kind }) => kind);
  expect([...sizes].map(([kind, points]) => [kind, points.length])).toEqual([
    ["turn", 48],
    ["tool", 72],
    ["effect", 36],
  ]);
});

test("every failpoint is one that the server takes", () => {
  const all = POINTS.flatMap((point) => [point.failpoint, ...resumedPoints(point)]);
  expect(all.filter((point) => !FAILPOINT.test(`${point}=kill`))).toEqual([]);
});

test("after the last point nothing is sure to come, after the first everything but it", () => {
  expect(resumedPoints(POINTS.at(-1)!)).toEqual([]);
  expect(resumedPoints(POINTS.find(({ name }) => name === "Keffect01.before-intent")!)).toHaveLength(3 * (12 + 18 + 8));
});

test("the sample of each store has every kind and moment, and the two have no point in common", () => {
  const [one, other] = [sampledPoints(0), sampledPoints(1)];
  for (const sample of [one, other])
    expect(new Set(sample.map(({ kind, moment }) => `${kind} ${moment}`)).size).toBe(12);
  expect(new Set([...one, ...other].map(({ name }) => name)).size).toBe(24);
  expect(new Set([...one, ...other].map(({ number }) => number)).size).toBeGreaterThan(10);
});

test("the same seed draws the same numbers", () => {
  const drawn = (seed: number) => Array.from({ length: 5 }, seeded(seed));
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});
