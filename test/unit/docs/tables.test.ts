import { expect, test } from "vitest";
import { bare, namesOf, rowsOf } from "./tables.ts";

const TEXT = [
  "| key | sentence |",
  "| --- | --- |",
  "| `a` | one \\| two |",
  "",
  "| other | x |",
  "|---|---|",
  "| `b` | y |",
].join("\n");

test("a row belongs to the table above it, and an escaped bar to its cell", () => {
  expect(rowsOf(TEXT, "key")).toEqual([{ key: "`a`", sentence: "one | two" }]);
  expect(namesOf(TEXT, "other")).toEqual(["b"]);
});

test("only the marks around inline code are taken off", () => {
  expect(bare("`a`")).toBe("a");
  expect(bare("`` `a` ``")).toBe("`a`");
  expect(bare("say `a` and `b`")).toBe("say `a` and `b`");
});
