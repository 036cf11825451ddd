import { expect, test } from "vitest";
import { RunEvent } from "../../../src/core/events.ts";
import { GROUPS } from "./fact-meanings.ts";
import { journalReference } from "./journal-reference.ts";
import { readDoc } from "./tables.ts";

test("docs/journal.md is what script/journal-reference writes today", () => {
  expect(readDoc("docs/journal.md")).toBe(journalReference());
});

test("docs/journal.md has a section for every fact, and no fact twice", () => {
  const types = RunEvent.options.map((option) => option.shape.type.value);
  expect(Object.values(GROUPS).flat().toSorted()).toEqual(types.toSorted());
});
