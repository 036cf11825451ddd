import { expect, test } from "vitest";
import { parseCommand } from "../../../src/core/grammar.ts";
import { REFUSALS } from "../../../src/core/refusals.ts";
import { helpReply } from "../../../src/views/reply.ts";
import { bare, namesOf, readDoc, rowsOf } from "./tables.ts";

const doc = readDoc("docs/commands.md");

/** The names in the grammar's own table. */
function grammarNames(): string[] {
  const [, table = ""] = readDoc("src/core/grammar.ts").split("const PARSERS");
  const [entries = ""] = table.split("]);");
  return [...entries.matchAll(/\[\s*"([a-z]+)",/g)].map(([, name = ""]) => name);
}

const wordOf = (usage: string): string => /^\/([a-z]+)/.exec(usage)?.[1] ?? "";
const isLater = (name: string): boolean => {
  const command = parseCommand(`/${name}`);
  return command?.name === "unusable" && command.problem.includes("not available");
};

test("docs/commands.md lists every command of the grammar, those of later versions apart", () => {
  const names = grammarNames();
  expect(names.length).toBeGreaterThan(10);
  const now = namesOf(doc, "command").map(wordOf);
  const spellings = namesOf(doc, "other spelling").map(wordOf);
  expect([...now, ...spellings].toSorted()).toEqual(names.filter((name) => !isLater(name)).toSorted());
  expect(namesOf(doc, "not yet").map(wordOf).toSorted()).toEqual(names.filter(isLater).toSorted());
});

test("docs/commands.md and /help agree on how a command is written and who may give it", () => {
  const inHelp = rowsOf(helpReply(), "command").map(({ command, who }) => ({ command, who }));
  expect(inHelp.length).toBeGreaterThan(5);
  expect(rowsOf(doc, "command").map(({ command, who }) => ({ command, who }))).toEqual(inHelp);
});

test("docs/commands.md lists every refusal with its sentence, and no other", () => {
  const listed = Object.fromEntries(
    rowsOf(doc, "refusal").map((row) => [bare(row["refusal"]), row["sentence"]] as const),
  );
  expect(listed).toEqual(REFUSALS);
});

test("docs/commands.md lists every program, and no other", () => {
  const programs = [...readDoc("src/app/main.ts").matchAll(/\.command\("([a-z]+)"\)/g)].map(([, name = ""]) => name);
  expect(programs.length).toBeGreaterThan(4);
  const listed = namesOf(doc, "program").map((usage) => usage.replace(/^journeyman (\w+).*/, "$1"));
  expect(listed.toSorted()).toEqual(programs.toSorted());
});
