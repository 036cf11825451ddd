import { expect, test } from "vitest";
import { serverConfig } from "../../../src/app/config.ts";
import { bare, namesOf, readDoc, rowsOf } from "./tables.ts";

const doc = readDoc("docs/configuration.md");
const source = readDoc("src/app/config.ts");

const REQUIRED = {
  APP_ID: "7",
  PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----",
  WEBHOOK_SECRET: "secret",
  ANTHROPIC_API_KEY: "key",
};

/** Names of variables in the configuration's own schemas. */
const inSchemas = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = ""]) => name);
/** Names of the secrets, each of which has a `_FILE`. */
const secrets = [...(/const SECRETS = \[(.*?)\]/s.exec(source)?.[1]?.matchAll(/"([A-Z_]+)"/g) ?? [])].map(
  ([, name = ""]) => name,
);

test("docs/configuration.md lists every variable that is read, and no other", () => {
  expect(inSchemas.length).toBeGreaterThan(15);
  expect(secrets.length).toBeGreaterThan(3);
  const known = [...inSchemas, ...secrets.map((name) => `${name}_FILE`), "PRIVATE_KEY_PATH", "PATH"];
  expect(namesOf(doc, "variable").toSorted()).toEqual([...new Set(known)].toSorted());
});

test("docs/configuration.md gives every default as it is", () => {
  const config = new Map(Object.entries({ ...serverConfig(REQUIRED), DATA_DIR: "./data" }));
  const rows = rowsOf(doc, "variable").filter((row) => inSchemas.includes(bare(row["variable"])));
  const documented = Object.fromEntries(rows.map((row) => [bare(row["variable"]), bare(row["default"])]));
  const known = inSchemas.map((name) => [name, name in REQUIRED ? "required" : String(config.get(name) ?? "none")]);
  expect(documented).toEqual(Object.fromEntries(known));
});

test("every variable of .env.example that the program reads is in docs/configuration.md", () => {
  const [ofProgram = ""] = readDoc(".env.example").split("docker compose only");
  const named = [...ofProgram.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(10);
  const listed = new Set(namesOf(doc, "variable"));
  expect(named.filter((name) => !listed.has(name))).toEqual([]);
});
