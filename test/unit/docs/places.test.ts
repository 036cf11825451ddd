import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { bare, namesOf, readDoc, rowsOf } from "./tables.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const PAGES = [
  "README.md",
  "AGENTS.md",
  "CLAUDE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const OUR_FOLDERS = "src|test|script|docs|fixtures|schema|prompts|sandbox-image";

const is = (path: string): boolean => existsSync(join(ROOT, path));

test.each(PAGES)("every link of %s leads to a file that is there", (page) => {
  const targets = [...readDoc(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, to = ""]) => to);
  expect(targets.filter((target) => !is(normalize(join(dirname(page), target))))).toEqual([]);
});

test.each(PAGES)("every file of ours that %s names is there", (page) => {
  const named = [...readDoc(page).matchAll(new RegExp(`\`((?:${OUR_FOLDERS})/[\\w./-]*[\\w/])\``, "g"))];
  expect(named.map(([, path = ""]) => path).filter((path) => !is(path))).toEqual([]);
});

test("every promise in docs/security.md names tests that carry its id", () => {
  const rows = rowsOf(readDoc("docs/security.md"), "id");
  expect(rows.length).toBeGreaterThan(30);
  const unproven = rows.flatMap((row) => {
    const id = bare(row["id"]);
    const files = [...(row["shown by"] ?? "").matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    const silent = files.filter((path) => !is(path) || !readDoc(path).includes(id));
    return files.length === 0 ? [`${id} names no test`] : silent.map((path) => `${path} does not name ${id}`);
  });
  expect(unproven).toEqual([]);
});

test("every id in the name of a test has a row in docs/security.md", () => {
  const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && /^(?:unit|contract|e2e)\//.test(path))
    .map((path) => readDoc(`test/${path}`));
  const names = files.flatMap((text) => [...text.matchAll(/(?:test|it|describe|\))\(\s*["'`]([^"'`\n]*)/g)]);
  const ids = new Set(names.flatMap(([, name = ""]) => name.match(/\b[SD]\d{1,2}\b/g) ?? []));
  expect(ids.size).toBeGreaterThan(30);
  const listed = new Set(namesOf(readDoc("docs/security.md"), "id"));
  expect([...ids].filter((id) => !listed.has(id)).toSorted()).toEqual([]);
});

test("docs/architecture.md names every folder of the source, and no other", () => {
  const listed = namesOf(readDoc("docs/architecture.md"), "folder");
  const present = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(listed.toSorted()).toEqual(present.map(({ name }) => `src/${name}`).toSorted());
});

test("AGENTS.md stays short enough to be read: under 120 lines", () => {
  expect(readDoc("AGENTS.md").split("\n").length).toBeLessThan(120);
});
