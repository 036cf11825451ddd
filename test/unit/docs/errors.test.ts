import { expect, test } from "vitest";
import { CATALOGUE } from "../../../src/core/catalogue.ts";
import { bare, readDoc, rowsOf } from "./tables.ts";

test("docs/errors.md lists every error with its class and sentence, and no other", () => {
  const listed = rowsOf(readDoc("docs/errors.md"), "code").map((row) => ({
    code: bare(row["code"]),
    class: row["class"],
    sentence: row["sentence"],
  }));
  const known = Object.entries(CATALOGUE).map(([code, entry]) => ({
    code,
    class: entry.class,
    sentence: entry.sentence,
  }));
  expect(listed).toEqual(known);
});
