import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readGrowing } from "../../../src/core/text/growing-json.ts";

const object = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 4 })),
);

/** What JSON.parse gives of the texts; a key that comes twice is left to other tests. */
const textsOf = (given: Record<string, string | string[]>): [string, string[]][] =>
  Object.entries(given).map(([key, value]) => [key, typeof value === "string" ? [value] : value]);

test("a whole object gives every text under its key, whatever is in the texts", () => {
  fc.assert(
    fc.property(object, fc.boolean(), (given, spaced) => {
      const json = JSON.stringify(given, null, spaced ? 2 : 0);
      const read = [...readGrowing(json)].map(([key, texts]) => [key, texts.map(({ text }) => text)]);
      expect(read).toEqual(textsOf(given));
    }),
  );
});

test("a beginning gives a beginning: no text that the whole does not begin with, and whole ones only where they are whole", () => {
  fc.assert(
    fc.property(object, fc.nat(), (given, at) => {
      const json = JSON.stringify(given);
      const whole = new Map(textsOf(given));
      for (const [key, texts] of readGrowing(json.slice(0, at % (json.length + 1)))) {
        const expected = whole.get(key) ?? [];
        for (const [place, { text, whole: isWhole }] of texts.entries()) {
          // Half of a character may be there already.
          if (isWhole) expect(text).toBe(expected[place]);
          else expect(expected[place]?.startsWith(text)).toBe(true);
        }
      }
    }),
  );
});

test("what is no object of texts is passed over", () => {
  expect([...readGrowing('{"a": 1, "b": {"c": "d"}, "e": [["f"]], "g": "h"')]).toMatchObject([
    ["a", []],
    ["b", []],
    ["e", []],
    ["g", [{ text: "h", whole: true }]],
  ]);
  for (const nothing of ["", "{", "[", '"text', "}}}", '{"half'])
    expect([...readGrowing(nothing)].flatMap(([, texts]) => texts)).toEqual([]);
});
