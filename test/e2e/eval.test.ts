import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { SuiteReport } from "../../src/eval/suite.ts";
import { eventually } from "../support/instance.ts";
import { route } from "../support/scripted-model/script.ts";
import { startScriptedModel } from "../support/scripted-model/server.ts";
import { ROOT } from "../support/source.ts";
import { says, sorted } from "../support/story-roles.ts";

/* The golden tasks through the program itself: real git, real sandboxes, recorded answers. */

const GOLDEN = join(ROOT, "fixtures/evals");

let room: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-evals-"));
});
afterEach(() => rm(room, { recursive: true, force: true }));

async function evaluate(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  interruptWhen?: () => Promise<unknown>,
) {
  const { PATH, HOME, TMPDIR, DOCKER_HOST } = process.env;
  const env = { PATH, HOME, TMPDIR, DOCKER_HOST, DATA_DIR: room, ...environment };
  const child = spawn(process.execPath, [join(ROOT, "src/app/main.ts"), "eval", ...words], { env });
  void interruptWhen?.().then(() => child.kill("SIGINT"));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), promise]);
  return { code, out, err };
}

const reportIn = async (path: string): Promise<SuiteReport> => JSON.parse(await readFile(path, "utf8")) as SuiteReport;

interface Turn {
  calls: object[];
}
interface Scripted {
  roles: Record<"router" | "planner" | "executor" | "reviewer", Turn[]>;
}

/** A copy of a golden task whose script is another. */
async function withScript(name: string, change: (script: Scripted) => void): Promise<string> {
  const directory = join(room, "tasks");
  await cp(join(GOLDEN, name), join(directory, name), { recursive: true });
  const path = join(directory, name, "script.yml");
  const script = parse(await readFile(path, "utf8")) as Scripted;
  change(script);
  await writeFile(path, stringify(script));
  return directory;
}

test("all golden tasks pass offline, in at least four languages, and the report says what they took", async () => {
  const [json, markdown] = [join(room, "out/report.json"), join(room, "out/report.md")];
  const ended = await evaluate([GOLDEN, "--json", json, "--markdown", markdown]);
  expect(ended, ended.out).toMatchObject({ code: 0, err: "" });
  const { model, tasks, prefixes, total } = await reportIn(json);
  expect(model).toBe("recorded");
  expect(tasks.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))).toEqual([]);
  expect(tasks.length).toBeGreaterThanOrEqual(12);
  expect(new Set(tasks.map(({ language }) => language)).size).toBeGreaterThanOrEqual(4);
  expect(prefixes.length).toBeGreaterThanOrEqual(3);
  expect(total).toMatchObject({ passed: tasks.length + prefixes.length, toolErrors: 0 });
  expect(total.cacheShare).toBeGreaterThan(0.5);
  expect(total.costMicroUsd).toBeGreaterThan(0);
  const written = await readFile(markdown, "utf8");
  for (const { name } of tasks) expect(written).toContain(`| pass | ${name} |`);
  expect(written).toContain("Answers by recorded scripts");
});

describe("a worse script is caught:", () => {
  test("twice the turns pass the ceiling for cost", async () => {
    const directory = await withScript("js-half-cent", ({ roles }) => {
      for (const role of ["planner", "executor", "reviewer"] as const) {
        const looks = roles[role].map((_, place): Turn => ({
          calls: [{ read: { path: "src/money.js", limit: 100 + place } }, { read: { path: "src/receipt.js" } }],
        }));
        roles[role].unshift(...looks);
      }
    });
    const json = join(room, "report.json");
    const ended = await evaluate([directory, "--json", json]);
    expect(ended.code, ended.out).toBe(1);
    expect(ended.out).toMatch(/FAIL {2}js-half-cent[^]*cost ceiling passed: \$0\.\d+ of \$0\.046/);
    const [task] = (await reportIn(json)).tasks;
    expect(task?.faults).toEqual([
      expect.stringMatching(/^cost ceiling passed/) as string,
      expect.stringMatching(/^turn ceiling passed: 17 of 15/) as string,
    ]);
    expect(task?.smell).toMatchObject({ rereads: expect.any(Number) as number });
    expect(task?.smell.rereads).toBeGreaterThan(3);
  });

  test("a change that does not solve the issue fails the hidden tests", async () => {
    const directory = await withScript("md-install-steps", ({ roles }) => {
      const [first, second, ...rest] = roles.executor;
      roles.executor = [first, { calls: second?.calls.slice(0, 1) ?? [] }, ...rest].filter(
        (turn) => turn !== undefined,
      );
    });
    const ended = await evaluate([directory]);
    expect(ended.code).toBe(1);
    expect(ended.out).toContain("the hidden tests fail on the result:");
    expect(ended.out).toContain("not ok: install.md names the script");
    expect(ended.out).toContain("the executor did not call write in its place: read, read, edit, submit");
  });

  test("hidden tests that pass on the base prove nothing", async () => {
    const directory = await withScript("md-install-steps", () => {});
    await writeFile(join(directory, "md-install-steps/hidden/check.sh"), "echo ok\n");
    const ended = await evaluate([directory]);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.out).toContain("the hidden tests pass on the base, so they prove nothing");
  });

  test("a script that runs out of answers is named", async () => {
    const directory = await withScript("js-half-cent", ({ roles }) => void roles.executor.splice(1));
    const ended = await evaluate([directory]);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.out).toContain("script.yml has 1 answer(s) for executor; number 2 was asked for");
  });
});

test("a changed prompt shows in the back-test of a stored run", async () => {
  const stored = join(GOLDEN, "prefixes/js-half-cent.jsonl");
  const planner = join(room, "planner.md");
  const script = join(room, "script.yml");
  await writeFile(planner, "You plan a change. Ask before you read.\n");
  const reading = { calls: [{ read: { path: "src/money.js" } }, { read: { path: "test/money.test.js" } }] };
  const said = { when: { system_includes: "Ask before" }, answers: [{ calls: [{ ask: { questions: ["?"] } }] }] };
  const roles = { planner: [said, { answers: [reading] }] };
  await writeFile(script, stringify({ version: 1, roles }));
  const asked = ["--backtest", stored, "--script", script];
  const before = await evaluate(asked);
  const after = await evaluate([...asked, "--prompt", `planner=${planner}`]);
  expect(before.out).toMatch(/plan\.1 +1 +DIFFERENT .*\n.*\n +now: {2}read "src\/money\.js", read/);
  expect(after.out).toMatch(/plan\.1 +1 +DIFFERENT .*\n +then: read .*\n +now: {2}ask/);
  expect(after.code).toBe(1);

  // A run that is over is exported compressed, and is asked the same.
  const sealed = join(room, "js-half-cent.jsonl.gz");
  await writeFile(sealed, gzipSync(await readFile(stored)));
  expect(await evaluate(["--backtest", sealed, "--script", script])).toEqual(before);
  await writeFile(sealed, (await readFile(sealed)).subarray(0, -10));
  const cut = await evaluate(["--backtest", sealed, "--script", script]);
  expect(cut).toMatchObject({ code: 1, out: "" });
  expect(cut.err).toContain(`${sealed}:1 is not there, or is cut off`);
});

test("live models are asked in place of the scripts", async () => {
  const script = route([{ when: says("You sort"), script: [sorted({ kind: "question", reason: "It asks how." })] }]);
  const model = await startScriptedModel({ script, apiKey: "key" });
  const json = join(room, "report.json");
  try {
    const environment = { ANTHROPIC_API_KEY: "key", ANTHROPIC_BASE_URL: model.url };
    const words = [GOLDEN, "--only", "js-question", "--live", "--model", "claude-sonnet-5", "--json", json];
    const ended = await evaluate(words, environment);
    expect(ended, ended.out).toMatchObject({ code: 0 });
    expect(model.requests.map(({ request }) => request?.model)).toEqual(["claude-sonnet-5"]);
    const { model: asked, tasks } = await reportIn(json);
    expect([asked, tasks[0]?.end]).toEqual(["live", "asked"]);
  } finally {
    await model.close();
  }
});

test("an interrupt ends the evaluation and leaves nothing behind", async () => {
  const isAtWork = async (): Promise<boolean> =>
    (await readdir(room, { recursive: true })).some((path) => path.endsWith("journal.sqlite"));
  const ended = await evaluate([GOLDEN, "--only", "cpp"], { TMPDIR: room }, () => eventually("a run", isAtWork));
  expect(ended).toMatchObject({ code: 1, err: "journeyman: stopped before the end; no report was written.\n" });
  expect(await readdir(room)).toEqual([]);
});

describe("bad input is one clear sentence:", () => {
  test.each([
    [["/nowhere/at/all"], /is not a directory that can be read/],
    [[], /eval takes one directory of golden tasks; `nothing` is not one/],
    [[GOLDEN, "--jobs", "0"], /--jobs takes a whole number from 1 to 16/],
    [[GOLDEN, "--model", "no-such-model"], /The price of model no-such-model is not known/],
    [[GOLDEN, "--prompt", "boss=x.md"], /--prompt takes ROLE=FILE with one of router/],
    [["--backtest", "x.jsonl"], /--backtest takes --live or --script FILE/],
    [["--import", "x.jsonl"], /--import takes --out DIR/],
    [["--import", "/nowhere.jsonl", "--out", "/tmp/x"], /\/nowhere\.jsonl is not there or cannot be read/],
    [[GOLDEN, "--live"], /ANTHROPIC_API_KEY is not set/],
  ])("%j", async (words, sentence) => {
    const ended = await evaluate(words);
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.err).toMatch(sentence);
    expect(ended.err).not.toContain("    at ");
  });

  test("an empty directory, and an engine that is not there", async () => {
    await mkdir(join(room, "empty"));
    expect((await evaluate([join(room, "empty")])).err).toContain("holds no golden task");
    const ended = await evaluate([GOLDEN], { DOCKER_HOST: "unix:///nowhere/docker.sock" });
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toContain("The Docker engine at unix:///nowhere/docker.sock does not answer");
  });
});
