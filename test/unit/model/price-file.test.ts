import { expect, test } from "vitest";
import { parsePrices } from "../../../src/model/price-file.ts";
import { createProviders } from "../../../src/model/providers.ts";

const PRICE = { input: 0.5, output: 2, cacheRead: 0.05, cacheWrite: 0.625 };

test("prices are read in dollars per million tokens and kept in whole micro-dollars", () => {
  const { prices, faults } = parsePrices(JSON.stringify({ "house-model": PRICE }));
  expect([prices, faults]).toEqual([
    { "house-model": { input: 500_000, output: 2_000_000, cacheRead: 50_000, cacheWrite: 625_000 } },
    [],
  ]);
});

test("the operator's price wins over the table, adds models of both shapes, and leaves the others alone", () => {
  const { prices } = parsePrices(JSON.stringify({ "gpt-5.5": PRICE, "claude-house": PRICE, "qwen3:32b": PRICE }));
  const model = createProviders({ providers: {}, prices: prices ?? {} });
  for (const id of ["gpt-5.5", "openai/gpt-5.5", "claude-house", "qwen3:32b"])
    expect(model.price(id)?.output).toBe(2_000_000);
  expect(model.price("claude-opus-5-5")?.output).toBe(20_000_000);
  expect(model.price("gpt-5.5-codex")?.output).toBe(30_000_000);
});

test.each(["gpt-5.5-latest", "openai/gpt-7", "claude-opus-5-5-20990101", "qwen3:32b", ""])(
  "an id that nobody priced has no price, in either shape: %j",
  (id) => {
    expect(createProviders({ providers: {} }).price(id)).toBeNull();
  },
);

test("every fault is told with its key", () => {
  const { faults } = parsePrices(
    JSON.stringify({
      a: { ...PRICE, input: -1 },
      b: { input: 1 },
      c: { ...PRICE, cached: 1 },
      d: { ...PRICE, output: "2" },
    }),
  );
  const told = faults.join("\n");
  for (const key of ['"a" → "input"', '"b" → "output"', '"b" → "cacheRead"', '"c": ', '"cached"', '"d" → "output"'])
    expect(told).toContain(key);
});

test.each(["", "{", "[]", '"x"', "null"])("%j is a fault, not a crash", (text) => {
  const { prices, faults } = parsePrices(text);
  expect([prices, faults.length]).toEqual([null, 1]);
});
