import { expect, test } from "vitest";
import { serverConfig, VARIABLES } from "../../../src/app/config.ts";
import { bare, namesOf, readDoc, rowsOf } from "./tables.ts";

const doc = readDoc("docs/configuration.md");

const REQUIRED = {
  APP_ID: "7",
  PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----",
  WEBHOOK_SECRET: "secret",
};

/** One provider of a model must be there; this one has no variable with a default of its own. */
const PROVIDER = { ANTHROPIC_API_KEY: "key" };

/** Variables that are values themselves, not files that hold one. */
const values = VARIABLES.filter((name) => !/_(?:FILE|PATH)$/.test(name));

test("docs/configuration.md lists every variable that is read, and no other", () => {
  expect(values.length).toBeGreaterThan(15);
  // Not a part of the configuration, and read all the same.
  expect(namesOf(doc, "variable").toSorted()).toEqual([...VARIABLES, "PATH"].toSorted());
});

test("docs/configuration.md gives every default as it is", () => {
  const config = new Map(
    Object.entries({ ...serverConfig({ ...REQUIRED, ...PROVIDER }), DATA_DIR: "./data", ANTHROPIC_API_KEY: undefined }),
  );
  const rows = rowsOf(doc, "variable").filter((row) => values.includes(bare(row["variable"])));
  const documented = Object.fromEntries(rows.map((row) => [bare(row["variable"]), bare(row["default"])]));
  const known = values.map((name) => [
    name,
    name in REQUIRED ? "required" : JSON.stringify(config.get(name) ?? "none").replace(/^"|"$/g, ""),
  ]);
  expect(documented).toEqual(Object.fromEntries(known));
});

test("every variable of .env.example that the program reads is in docs/configuration.md", () => {
  const [ofProgram = ""] = readDoc(".env.example").split("docker compose only");
  const named = [...ofProgram.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(10);
  const listed = new Set(namesOf(doc, "variable"));
  expect(named.filter((name) => !listed.has(name))).toEqual([]);
});
