import { expect, test } from "vitest";
import { type FaultCase, faultPage } from "../../support/faults/page.ts";
import { rowsOf } from "../docs/tables.ts";

const one = (about: Partial<FaultCase>): FaultCase => ({
  suite: "kill points",
  store: "sqlite",
  name: "Kturn01.before-send (model.before:router#1): nothing is lost, nothing doubled",
  code: "R1",
  state: "passed",
  seconds: 10.4,
  ...about,
});

const CASES = [
  one({}),
  one({ name: "Ktool01.before-run (tool.before:read#1): nothing is lost, nothing doubled", code: "R" }),
  one({ store: "postgres", state: "failed" }),
  one({ suite: "scene", name: "a run without faults", code: "" }),
];

test("a row for each suite and store, and one for all, with what came of them", () => {
  const rows = rowsOf(faultPage(CASES, 61), "suite");
  expect(
    rows.map(({ suite, store, cases, passed, failed, outcomes }) => [suite, store, cases, passed, failed, outcomes]),
  ).toEqual([
    ["kill points", "postgres", "1", "0", "1", "R1 1"],
    ["kill points", "sqlite", "2", "2", "0", "R 1, R1 1"],
    ["scene", "sqlite", "1", "1", "0", ""],
    ["**all**", "", "4", "3", "1", "R 1, R1 2"],
  ]);
});

test("every point is listed once, with a failure over any store said", () => {
  const page = faultPage(CASES, 61);
  expect(page).toContain("- `Kturn01.before-send` R1 FAILED\n");
  expect(page).toContain("- `Ktool01.before-run` R\n");
  expect(page).toContain("took 2 minutes");
});

test("the page names the command that writes it, and no day", () => {
  const page = faultPage(CASES, 61);
  expect(page).toContain("`npm run test:faults`");
  expect(page).not.toMatch(/20\d\d-\d\d/);
});
