import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../src/core/settings/settings.ts";
import { readSettings } from "../../../src/core/settings/settings-file.ts";
import { unpricedModels } from "../../../src/core/settings/unpriced.ts";
import { PRICES } from "../../../src/model/prices.ts";

const TEXT = `budget: { run_usd: 2 }
models:
  reviewer: { model: gpt-unheard-of }
  planner:
    effort: low
    model: claude-nobody-1
`;

const isPriced = (model: string): boolean => Object.hasOwn(PRICES, model);
const faultsOf = (text: string) => {
  const read = readSettings(text);
  return read.ok ? unpricedModels(read.settings, text, isPriced) : expect.fail("the file has faults");
};

test("every role whose model has no price is a fault with its line, before anything is spent", () => {
  expect(faultsOf(TEXT).map(({ line, path }) => [line, path])).toEqual([
    [3, "models.reviewer.model"],
    [6, "models.planner.model"],
  ]);
  expect(faultsOf(TEXT)[0]?.message).toMatch(/^models\.reviewer\.model gpt-unheard-of: its price is not known/);
});

test("a reviewer that is switched off needs no price", () => {
  expect(faultsOf(`${TEXT}review: { enabled: false }\n`).map(({ path }) => path)).toEqual(["models.planner.model"]);
});

test("the models that are set when nothing is said have prices", () => {
  expect(unpricedModels(DEFAULT_SETTINGS, null, isPriced)).toEqual([]);
});

test("without a file the fault is still named", () => {
  expect(unpricedModels(DEFAULT_SETTINGS, null, () => false)).toHaveLength(8);
});
