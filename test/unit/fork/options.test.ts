import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedBy, checkFlags, type ForkFlags } from "../../../src/app/fork-options.ts";
import { printedSentence } from "../../../src/app/sentence.ts";
import { asJourneymanError } from "../../../src/core/errors.ts";

const PRICE = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 };
const price = (model: string) => (model.startsWith("claude-") ? PRICE : null);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "journeyman-options-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

function sentenceOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    return printedSentence(asJourneymanError(thrown));
  }
  return "nothing wrong";
}

describe("the options of a fork", () => {
  const CASES: readonly (readonly [run: string | undefined, flags: ForkFlags, sentence: RegExp])[] = [
    [undefined, { at: "3" }, /^fork takes the id of a run, or --resume/],
    ["r", {}, /^--at takes the number of a fact/],
    [
      "r",
      { at: "3", publish: true, approve: true },
      /comment `\/approve` or `\/answer` on the issue; `--approve` is not one/,
    ],
    ["r", { at: "3", publish: true, answer: "a" }, /`--answer` is not one/],
    ["r", { resume: "f" }, /^--resume takes the id of a fork and no other beginning; `r`/],
    [undefined, { resume: "f", model: "m" }, /`--model` is not one/],
    [undefined, { resume: "f", prompt: ["planner=x"] }, /`--prompt` is not one/],
    [undefined, { resume: "f", prompt: [], approve: true, answer: "a", json: "x" }, /^nothing wrong$/],
    ["r", { at: "3", prompt: [], publish: true }, /^nothing wrong$/],
    ["r", { at: "3", approve: true, answer: "a" }, /^nothing wrong$/],
  ];
  test.each(CASES)("%s %o", (run, flags, sentence) => {
    expect(sentenceOf(() => checkFlags(run, flags))).toMatch(sentence);
  });
});

describe("what a fork has in place of what its origin had", () => {
  test("is nothing unless it is given", () => {
    expect(changedBy({}, price)).toEqual({ model: null, settings: null, prompts: {} });
  });

  test("settings are read by the schema of the repository's file, with all its faults at once and their lines", async () => {
    const settings = await fileOf("s.yml", "budget:\n  run_usd: 2\n");
    expect(changedBy({ settings }, price).settings?.budget.run_usd).toBe(2);
    const broken = await fileOf("broken.yml", "budgets: 5\nlimits:\n  turns: many\n");
    expect(sentenceOf(() => changedBy({ settings: broken }, price))).toMatch(
      /because of 2 fault\(s\):\n {2}broken.yml:1 .*\n {2}broken.yml:3 /,
    );
    expect(sentenceOf(() => changedBy({ settings: join(folder, "none.yml") }, price))).toMatch(/none.yml is not there/);
  });

  test("a model must have a price, named or in the settings", async () => {
    expect(changedBy({ model: "claude-x" }, price).model).toBe("claude-x");
    expect(sentenceOf(() => changedBy({ model: "x" }, price))).toMatch(/price of model x is not known/);
    const settings = await fileOf("unpriced.yml", "models:\n  executor:\n    model: x\n");
    expect(sentenceOf(() => changedBy({ settings }, price))).toMatch(/unpriced.yml:3 models.executor.model x/);
  });

  test("a system text must be one of its role", async () => {
    const text = await fileOf("p.md", "You plan well.\n");
    expect(changedBy({ prompt: [`planner=${text}`] }, price).prompts).toEqual({ planner: "You plan well." });
    expect(sentenceOf(() => changedBy({ prompt: [`router=${text}`] }, price))).toMatch(
      /p.md:1 must begin with "You sort"/,
    );
    expect(sentenceOf(() => changedBy({ prompt: [`dancer=${text}`] }, price))).toMatch(/^--prompt takes ROLE=FILE/);
  });
});
