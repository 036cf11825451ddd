import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { factLine } from "../../src/journal/fact-line.ts";
import { exportPath } from "../../src/journal/export.ts";
import { sealedPath } from "../../src/journal/export-seal.ts";
import { runCommand as journeyman } from "../support/command-line.ts";
import { API_KEY, type Environment, eventually, type Instance, startInstance } from "../support/instance.ts";
import { filesUnder, plainBytes } from "../support/file-bytes.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

/** Has the shape of an installation token. Put together in the sandbox, so that only what the command prints holds it. */
const CANARY = ["ghs", "C4n4ry".repeat(6)];

const EXECUTOR = [
  ...story.WORKING.slice(0, -1),
  call("bash", {
    command: `printf '%s_%s\\n' ${CANARY.join(" ")}; env; tr '\\0' '\\n' < /proc/self/environ; git config --list`,
  }),
  story.submitWork(),
];

/** What may be in no file: every secret the server was given or has asked for, as it is and as git would send it. */
function secretsOf({ github }: Instance): string[] {
  const keyLines = github.app.privateKey.split("\n").filter((line) => line.length >= 40);
  const tokens = github.tokens.flatMap(({ value }) => [value, btoa(`x-access-token:${value}`)]);
  return [...keyLines, github.app.webhookSecret, API_KEY, ...tokens];
}

let instance: Instance;
let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), "journeyman-empty-"));
  instance = await startInstance({ script: story.script(story.PLANNING, EXECUTOR) });
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
    expect(ended.code).toBe(1);
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
    for (const check of [
      "configuration",
      "disk",
      "journal",
      "artifacts",
      "redis",
      "docker",
      "sandbox image",
      "model",
      "github app",
    ])
      expect(ended.out).toMatch(new RegExp(`^ok\\s+${check}`, "m"));
    expect(ended.code).toBe(0);
  });

  const AWS = { AWS_ACCESS_KEY_ID: "key-of-nobody", AWS_SECRET_ACCESS_KEY: "secret-of-nobody" };
  const BROKEN: readonly (readonly [what: string, environment: Environment, finding: RegExp])[] = [
    ["Redis", { REDIS_URL: "redis://127.0.0.1:1" }, /FAIL\s+redis[\s\S]*Check REDIS_URL/],
    [
      "the artifacts' bucket",
      { ARTIFACTS_URL: "s3://bucket/here", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1", ...AWS },
      /FAIL\s+artifacts[\s\S]*ECONNREFUSED/,
    ],
    [
      "PostgreSQL",
      { DATABASE_URL: "postgres://u:secret-word@127.0.0.1:1/j" },
      /FAIL\s+journal(?![\s\S]*secret-word)[\s\S]*no server listens, ECONNREFUSED/,
    ],
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
    expect(shown.out).toMatch(/cost\s+\$0\.\d+\n\s+understand\s+\$0\.\d+\n\s+plan\s+\$/);
    expect(shown.out).toContain("attempt 1: npm test → exit code 0");

    const json = await journeyman(["show", state.run, "--json"], here);
    const facts = json.out
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(facts).toEqual(JSON.parse(JSON.stringify(await story.factsOfIssue(instance, scene))));

    const plan = await journeyman(["show", state.run, "--plan"], here);
    expect(plan.out).toContain("## Plan 1:");
    const understood = await journeyman(["show", state.run, "--understanding"], here);
    expect(understood.out).toMatch(/^sorted\s+bug, medium: /);
    const files = await journeyman(["show", state.run, "--files"], here);
    expect(files.out).toContain(story.FIXED.trim());
  });

  test("an unknown run is one sentence", async () => {
    const ended = await journeyman(["show", "00000000"], { DATA_DIR: instance.dataDir });
    expect(ended.code).toBe(1);
    expect(ended.err.trim().split("\n")).toHaveLength(1);
    expect(ended.err).toContain("journeyman runs");
  });

  test("S42 no credential is in any file of the data directory or in the log, not even one that a command printed", async () => {
    const [row] = await instance.journal.runs({ limit: 1 });
    if (row === undefined) throw new TypeError("the run that was shown is there");
    const facts = await instance.journal.load(row.run);
    const printed = facts.flatMap(({ event }) => (event.type === "tool.returned" ? [event.content] : [])).join("\n");
    expect(printed, "the environment was read, and the canary was seen and masked").toContain("[redacted]\n");
    expect(printed).toContain("HOME=/tmp/home");

    expect(instance.github.tokens.length).toBeGreaterThan(0);
    const secrets = [...secretsOf(instance), CANARY.join("_")];
    expect(secrets.every((secret) => secret.length >= 8)).toBe(true);
    const files = await filesUnder(instance.dataDir);
    const holders = (needle: string) => [...files].flatMap(([path, bytes]) => (bytes.includes(needle) ? [path] : []));
    expect(secrets.flatMap(holders)).toEqual([]);
    const log = instance.server.log.join("\n");
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);

    // Where the facts are, the search would have found something: what was printed beside the canary is there.
    const found = holders("HOME=/tmp/home").join("\n");
    expect(found).toContain("journal.sqlite");
    expect(found).toContain(`${row.run}.jsonl`);
  });

  test("the export of a run holds the journal's facts, a line each, and nothing else", async () => {
    const [row] = await instance.journal.runs({ limit: 1 });
    if (row === undefined) throw new TypeError("the run that was shown is there");
    const lines = (await instance.journal.load(row.run)).map((fact) => `${factLine(fact)}\n`).join("");
    const path = sealedPath(exportPath(join(instance.dataDir, "runs"), row.run));
    await eventually("the file of a run that is over, compressed", () => existsSync(path));
    expect((await plainBytes(path)).toString()).toBe(lines);
  });
});

describe("export", () => {
  const newestRun = async (): Promise<string> => {
    const [row] = await instance.journal.runs({ limit: 1 });
    if (row === undefined) throw new TypeError("the run that was shown is there");
    return row.run;
  };

  test("one file shows the run on a machine that has nothing else, as its own journal shows it", async () => {
    const run = await newestRun();
    const out = join(empty, "kept", "run.tar.gz");
    const here = { DATA_DIR: instance.dataDir };
    const made = await journeyman(["export", run.slice(-8), "--out", out], here);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toMatch(/run\.tar\.gz: \d{2,} fact\(s\) and \d+ artifact\(s\)\n$/);

    const elsewhere = { DATA_DIR: join(empty, "nothing") };
    for (const words of [[], ["--all"], ["--json"], ["--plan"], ["--files"], ["--at", "3"]]) {
      const read = await journeyman(["show", out, ...words], elsewhere);
      expect(read, words.join(" ")).toEqual(await journeyman(["show", run, ...words], here));
      expect(read.code).toBe(0);
    }
    expect((await journeyman(["show", out, "--files"], elsewhere)).out).toContain(story.FIXED.trim());
    expect(existsSync(elsewhere.DATA_DIR)).toBe(false);
  });

  test("no credential is in an archive", async () => {
    const out = join(empty, "kept", "run.tar.gz");
    const bytes = (await plainBytes(out)).toString("latin1");
    expect(bytes).toContain("HOME=/tmp/home");
    expect([...secretsOf(instance), CANARY.join("_")].filter((secret) => bytes.includes(secret))).toEqual([]);
  });

  test("a file that is there is overwritten only with --force", async () => {
    const run = await newestRun();
    const out = join(empty, "mine.tar.gz");
    await writeFile(out, "mine");
    const refused = await journeyman(["export", run, "--out", out], { DATA_DIR: instance.dataDir });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--force");
    expect(await readFile(out, "utf8")).toBe("mine");
    const made = await journeyman(["export", run, "--out", out, "--force"], { DATA_DIR: instance.dataDir });
    expect(made.code).toBe(0);
  });

  test("an unknown run, and an archive that was cut, are one sentence each", async () => {
    const unknown = await journeyman(["export", "00000000"], { DATA_DIR: instance.dataDir });
    expect(unknown).toMatchObject({ code: 1, out: "" });
    expect(unknown.err.trim().split("\n")).toHaveLength(1);
    const cut = join(empty, "cut.tar.gz");
    await writeFile(cut, (await readFile(join(empty, "kept", "run.tar.gz"))).subarray(0, -20));
    const read = await journeyman(["show", cut], {});
    expect(read).toMatchObject({ code: 1, out: "" });
    expect(read.err.trim().split("\n")).toHaveLength(1);
    expect(read.err).toContain(`${cut} cannot be used: `);
  });
});
