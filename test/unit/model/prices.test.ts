import { expect, test } from "vitest";
import { Settings } from "../../../src/core/settings/settings.ts";
import { createAnthropicModel } from "../../../src/model/anthropic.ts";
import { PRICES } from "../../../src/model/prices.ts";

test("every price is in whole micro-dollars, and a cache read is the cheapest way in", () => {
  for (const [model, price] of Object.entries(PRICES)) {
    for (const amount of [price, price.long ?? price].flatMap(({ input, cacheRead, cacheWrite, output }) => [
      input,
      cacheRead,
      cacheWrite,
      output,
    ]))
      expect(Number.isSafeInteger(amount), model).toBe(true);
    expect(price.cacheRead, model).toBeLessThan(price.input);
    expect(price.input, model).toBeLessThan(price.cacheWrite);
    expect(price.cacheWrite, model).toBeLessThan(price.output);
  }
});

test("the models of the default settings have a price", () => {
  const { models } = Settings.parse({});
  for (const { model } of Object.values(models)) expect(PRICES).toHaveProperty([model]);
});

test("a model that only looks like a priced one has none", () => {
  for (const model of ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5-20990101"]) {
    expect(PRICES).not.toHaveProperty([model]);
  }
});

test("the operator's price wins, and adds models", () => {
  const own = { input: 1, cacheRead: 2, cacheWrite: 3, output: 4 };
  const model = createAnthropicModel({ apiKey: "unused", prices: { "claude-opus-5-5": own, "house-model": own } });
  expect(model.price("claude-opus-5-5")).toEqual(own);
  expect(model.price("house-model")).toEqual(own);
  expect(model.price("claude-opus-5")).toEqual(PRICES["claude-opus-5"]);
});
