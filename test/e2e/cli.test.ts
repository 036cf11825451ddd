import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Environment, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function journeyman(words: readonly string[], environment: Environment): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { PATH: process.env["PATH"], ...environment } });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), promise]);
  return { code, out, err };
}

let instance: Instance;
let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), "journeyman-empty-"));
  instance = await startInstance({ script: story.script(story.PLANNING, story.WORKING) });
});
afterAll(async () => {
  await instance.stop();
  await rm(empty, { recursive: true, force: true });
});

describe("start", () => {
  test("without configuration every fault is named at once, and the exit code is 1", async () => {
    const ended = await journeyman(["serve"], { PORT: "many", ANTHROPIC_BASE_URL: "not a url" });
    expect(ended.code).toBe(1);
    for (const name of ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "ANTHROPIC_API_KEY", "PORT", "ANTHROPIC_BASE_URL"])
      expect(ended.err).toContain(name);
    expect(ended.err).not.toContain("at file:");
  });

  test("a secret whose file is missing is named with its path", async () => {
    const ended = await journeyman(["serve"], { WEBHOOK_SECRET_FILE: "/nowhere/secret" });
    expect(ended.err).toContain("/nowhere/secret");
  });

  test("an unknown program is refused with the list of programs", async () => {
    const ended = await journeyman(["sreve"], {});
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain("Usage: journeyman");
  });
});

describe("doctor", () => {
  test("says that all is well where all is well", async () => {
    const ended = await journeyman(["doctor"], instance.environment);
    expect(ended.out).not.toContain("FAIL");
    for (const check of ["configuration", "journal", "redis", "docker", "sandbox image", "model", "github app"])
      expect(ended.out).toMatch(new RegExp(`^ok\\s+${check}`, "m"));
    expect(ended.code).toBe(0);
  });

  const BROKEN: readonly (readonly [what: string, environment: Environment, finding: RegExp])[] = [
    ["Redis", { REDIS_URL: "redis://127.0.0.1:1" }, /FAIL\s+redis[\s\S]*Check REDIS_URL/],
    ["the Docker engine", { DOCKER_HOST: "unix:///nowhere/docker.sock" }, /FAIL\s+docker[\s\S]*DOCKER_HOST/],
    ["the sandbox image", { SANDBOX_IMAGE: "journeyman-sandbox:none" }, /FAIL\s+sandbox image[\s\S]*docker build/],
    ["the model", { ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }, /FAIL\s+model[\s\S]*ANTHROPIC_BASE_URL/],
    ["the model's key", { ANTHROPIC_API_KEY: "sk-wrong" }, /FAIL\s+model[\s\S]*check ANTHROPIC_API_KEY/],
    ["GitHub", { GHE_HOST: "127.0.0.1:1" }, /FAIL\s+github app/],
  ];
  test.each(BROKEN)("says so, and what to do, when %s cannot be used", async (_, environment, finding) => {
    const ended = await journeyman(["doctor"], { ...instance.environment, DATA_DIR: empty, ...environment });
    expect(ended.out).toMatch(finding);
    expect(ended.code).toBe(1);
  });
});

describe("show and runs", () => {
  test("a run can be listed, shown with its cost per stage, and read as JSON lines", async () => {
    const scene = await story.openScene(instance);
    story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
    const state = await story.untilOver(instance, scene);
    const here = { DATA_DIR: instance.dataDir };

    const listed = await journeyman(["runs"], here);
    expect(listed.out).toContain(state.run);
    expect(listed.out).toContain("pull request opened");

    const shown = await journeyman(["show", state.run.slice(-8)], here);
    expect(shown.out).toMatch(/cost\s+\$0\.\d+\n\s+plan\s+\$/);
    expect(shown.out).toContain("attempt 1: npm test → exit code 0");

    const json = await journeyman(["show", state.run, "--json"], here);
    const facts = json.out
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(facts).toEqual(JSON.parse(JSON.stringify(await story.factsOfIssue(instance, scene))));

    const plan = await journeyman(["show", state.run, "--plan"], here);
    expect(plan.out).toContain("## Plan 1:");
    const files = await journeyman(["show", state.run, "--files"], here);
    expect(files.out).toContain(story.FIXED.trim());
  });

  test("an unknown run is one sentence", async () => {
    const ended = await journeyman(["show", "00000000"], { DATA_DIR: instance.dataDir });
    expect(ended.code).toBe(1);
    expect(ended.err.trim().split("\n")).toHaveLength(1);
    expect(ended.err).toContain("journeyman runs");
  });

  test("S42 no credential is in the facts of a run", async () => {
    const runs = await instance.journal.runs({ limit: 10 });
    expect(runs.length).toBeGreaterThan(0);
    for (const { run } of runs) {
      const facts = JSON.stringify(await instance.journal.load(run));
      for (const secret of [
        instance.github.app.privateKey.slice(40, 90),
        instance.github.app.webhookSecret,
        "ghs_",
        "sk-scripted",
      ])
        expect(facts).not.toContain(secret);
    }
  });
});
