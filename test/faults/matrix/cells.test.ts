import { expect, test } from "vitest";
import { CELLS, COLUMNS, SAMPLE } from "./cells.ts";

const counted = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

test("the matrix has 129 cells, each in its own column and with its own outcome", () => {
  expect(CELLS).toHaveLength(129);
  expect(new Set(CELLS.map(({ name }) => name)).size).toBe(129);
  const outcomes = { R: 25, E: 24, W: 20, P: 19, S: 15, Q: 14, R1: 7, H: 3, "R1/T": 2 };
  expect(counted(CELLS.map(({ outcome }) => outcome))).toEqual(outcomes);
  const columns = { K9: 15, RR: 15, RL: 15, DD: 8, OM: 6, DF: 15, NC: 13, G5: 10, GT: 10, GS: 10 };
  expect(counted(CELLS.map(({ column }) => column))).toEqual({ ...columns, M4: 3, MC: 3, MR: 3, ML: 3 });
});

test("the sample has one cell of each column", () => {
  const columns = SAMPLE.map((name) => CELLS.find((cell) => cell.name === name)?.column);
  expect(columns).toEqual([...COLUMNS]);
});
