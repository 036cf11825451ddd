import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../../src/core/settings/settings-file.ts";
import { settingsJsonSchema } from "../../../src/core/settings/settings-schema.ts";
import { DEFAULT_SETTINGS, type SettingsFault } from "../../../src/core/settings/settings.ts";

function faultsOf(text: string): readonly SettingsFault[] {
  const reading = readSettings(text);
  return reading.ok ? [] : reading.faults;
}
const lines = (text: string): string[] => faultsOf(text).map(({ line, message }) => `${line}: ${message}`);

describe("a file that can be used", () => {
  test.each([
    ["empty", ""],
    ["only comments", "# nothing yet\n"],
    ["a group whose settings are all commented out", "budget:\n  # run_usd: 5\n"],
  ])("%s gives the defaults", (_, text) => {
    expect(readSettings(text)).toEqual({ ok: true, settings: DEFAULT_SETTINGS });
  });

  test("what is set is set, and the rest keeps its default", () => {
    const reading = readSettings('setup: { command: "go" }\nbudget: { run_usd: 2.5 }\ntests:\n  command: npm test\n');
    expect(reading).toEqual({
      ok: true,
      settings: {
        ...DEFAULT_SETTINGS,
        setup: { command: "go" },
        budget: { ...DEFAULT_SETTINGS.budget, run_usd: 2.5 },
        tests: { ...DEFAULT_SETTINGS.tests, command: "npm test" },
      },
    });
  });
});

describe("a file with faults", () => {
  test("all faults come at once, each with its line, in order", () => {
    const text = [
      "# all wrong",
      "budget:",
      "  run_usd: -1",
      "  day_usd: abc",
      "limts:",
      "  turns: 3",
      "limits:",
      "  turnz: 4",
      "  cpus: 100",
      "  run_minutes: 1.5",
      "paths:",
      "  protected: [a, 3]",
      "publish:",
      "  on_failure: maybe",
      "tests: make",
      "colour: red",
    ].join("\n");
    expect(lines(text)).toEqual([
      "3: budget.run_usd must be a number greater than 0",
      "4: budget.day_usd must be a number",
      "5: limts is not a setting; did you mean limits?",
      "8: limits.turnz is not a setting; did you mean limits.turns?",
      "9: limits.cpus must be at most 64",
      "10: limits.run_minutes must be a whole number",
      "12: paths.protected[1] must be a text",
      "14: publish.on_failure must be one of: comment, draft",
      "15: tests must be a group of settings",
      "16: colour is not a setting; known here: models, budget, limits, setup, tests, understand, review, web, publish, paths",
    ]);
  });

  test.each([
    ["a key without its value's end", "label: 'a\n", 2],
    ["a key twice", "label: a\nlabel: b\n", 2],
    ["two documents", "label: a\n---\nlabel: b\n", 2],
    ["brackets that do not close", "paths:\n  protected: [a\nlabel: b\n", 3],
    ["a tab as indentation", "budget:\n\trun_usd: 1\n", 2],
  ])("%s is a fault of YAML with its line", (_, text, line) => {
    expect(faultsOf(text)[0]).toMatchObject({ line, message: expect.stringMatching(/^this is not YAML/) });
  });

  test.each([
    ["a list at the top", "- a", "1: the file must be a group of settings"],
    ["a text at the top", "\n\nhello", "3: the file must be a group of settings"],
    ["a key named like a prototype", "__proto__:\n  label: x", /^1: __proto__ is not a setting/],
    ["an empty text", 'setup: { command: "" }', "1: setup.command must not be empty"],
    ["not a number", "budget:\n  run_usd: .nan", "2: budget.run_usd must be a number"],
    ["an unknown key without a value", "limts:", "1: limts is not a setting; did you mean limits?"],
    [
      "a dash for an underscore",
      "budget:\n  run-usd: 1",
      "2: budget.run-usd is not a setting; did you mean budget.run_usd?",
    ],
  ])("%s", (_, text, message) => {
    expect(lines(text)).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });
});

describe("a hostile file", () => {
  test("an alias is not followed", () => {
    expect(lines("tests: { command: &l abc }\nsetup:\n  command: *l")).toEqual([
      "3: setup.command must be written out: aliases (*name) are not read",
    ]);
  });

  test("aliases that multiply cost no more than they are long", () => {
    const rows = Array.from(
      { length: 40 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(",")}]`,
    );
    const started = performance.now();
    expect(faultsOf(["a0: &a0 [x]", ...rows].join("\n")).length).toBeGreaterThan(10);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each([
    ["brackets on one line", "a: " + "[".repeat(60_000)],
    ["brackets on many lines", "a: \n" + " [\n".repeat(20_000)],
    ["dashes", "- ".repeat(30_000)],
    ["indentation", Array.from({ length: 340 }, (_, at) => `${" ".repeat(at)}a:`).join("\n")],
    ["65,537 characters", "#".repeat(65_537)],
  ])("%s beyond the bound are refused before they are parsed", (_, text) => {
    expect(faultsOf(text)).toHaveLength(1);
    expect(faultsOf(text)[0]?.message).toMatch(/not read|are read|too deeply/);
  });

  test("no more than 50 faults are listed", () => {
    expect(faultsOf(Array.from({ length: 500 }, (_, at) => `k${at}: 1`).join("\n"))).toHaveLength(50);
  });
});

describe("the schema for editors", () => {
  test("the committed file is what the settings say; `script/settings-schema` writes it", () => {
    const committed = new URL("../../../schema/journeyman.schema.json", import.meta.url);
    expect(readFileSync(committed, "utf8")).toBe(settingsJsonSchema());
  });

  test("it accepts what the program accepts and refuses an unknown key", () => {
    const validate = new Ajv({ allErrors: true }).compile(JSON.parse(settingsJsonSchema()));
    expect(validate({ setup: { command: "x" }, budget: { run_usd: 2 } })).toBe(true);
    expect(validate({})).toBe(true);
    expect(validate({ limts: {} })).toBe(false);
    expect(validate({ budget: { run_usd: 0 } })).toBe(false);
  });
});
