import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, openLocalRepository } from "../../src/git/local-repository.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { startScriptedModel, type ScriptedModel } from "../support/scripted-model/server.ts";
import { ROOT } from "../support/source.ts";
import { FILES, FIXED, PLAN, PLANNING, script, submitPlan, WORKING } from "../support/story.ts";

/* The example of docs/embedding.md, word for word, over the package as it is packed, with a real engine and a scripted model. */

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const RUN_MS = 300_000;

function execute(argv: readonly [string, ...string[]], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const [program, ...rest] = argv;
  const { PATH = "", HOME = "", DOCKER_HOST } = process.env;
  const whole = { PATH, HOME, ...(DOCKER_HOST !== undefined && { DOCKER_HOST }), ...env };
  return new Promise((resolve) => {
    execFile(program, rest, { cwd, env: whole, timeout: RUN_MS }, (error, out, err) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, out, err });
    });
  });
}

const node = process.execPath;
const tsc = join(ROOT, "node_modules/typescript/bin/tsc");

let room: string;
let app: string;
let model: ScriptedModel;
let example: string;

/** What `npm pack` packs, unpacked where a program finds it; its dependencies are this checkout's. */
async function install(): Promise<void> {
  const source = join(room, "source");
  await mkdir(source);
  const built = await execute(
    [node, tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(source, "dist")],
    ROOT,
  );
  expect(built).toMatchObject({ code: 0 });
  for (const part of ["package.json", "prompts", "app.yml", "sandbox-image", "LICENSE", "README.md"])
    await cp(join(ROOT, part), join(source, part), { recursive: true });
  const packed = await execute(["npm", "pack", "--ignore-scripts", "--pack-destination", room], source);
  expect(packed, packed.err).toMatchObject({ code: 0 });
  const archive = (await readdir(room)).find((name) => name.endsWith(".tgz")) ?? "";
  const target = join(app, "node_modules/journeyman");
  await mkdir(target, { recursive: true });
  const unpacked = await execute(["tar", "-xzf", join(room, archive), "--strip-components=1", "-C", target], room);
  expect(unpacked).toMatchObject({ code: 0 });
  await symlink(join(ROOT, "node_modules"), join(target, "node_modules"));
  await symlink(join(ROOT, "node_modules/@types"), join(app, "node_modules/@types"));
}

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-embedding-"));
  app = join(room, "app");
  await mkdir(app);
  await install();
  const page = await readFile(join(ROOT, "docs/embedding.md"), "utf8");
  example = /```ts\n([^]*?)```/.exec(page)?.[1] ?? "";
  await writeFile(join(app, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(app, "example.ts"), example);
  model = await startScriptedModel({ script: script(PLANNING, WORKING), apiKey: "key" });
}, RUN_MS);
afterAll(async () => {
  await (model as ScriptedModel | undefined)?.close();
  await rm(room, { recursive: true, force: true });
});

const OPTIONS = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  },
};

test("the example has less than 50 lines and fits the package's types, which refuse what is wrong", async () => {
  expect(example.trimEnd().split("\n").length).toBeLessThan(50);
  const wrong = `import { run } from "journeyman";\nimport { createOpenAiModel } from "journeyman/openai";\nawait run({ decidePlan: () => "yes" });\ncreateOpenAiModel(7);\n`;
  await writeFile(join(app, "wrong.ts"), wrong);
  await writeFile(join(app, "tsconfig.json"), JSON.stringify({ ...OPTIONS, files: ["example.ts"] }));
  expect(await execute([node, tsc, "-p", "."], app)).toMatchObject({ code: 0, out: "" });
  await writeFile(join(app, "tsconfig.json"), JSON.stringify({ ...OPTIONS, files: ["wrong.ts"] }));
  const refused = await execute([node, tsc, "-p", "."], app);
  expect(refused.code).not.toBe(0);
  expect(refused.out).toMatch(/wrong\.ts\(3,\d+\): error TS2322/);
  expect(refused.out).toMatch(/wrong\.ts\(4,\d+\): error TS2345/);
  expect(refused.out).not.toContain("TS2307");
});

const filesOf = () =>
  Object.entries(FILES).map(([path, text]) => {
    const bytes = Buffer.from(typeof text === "string" ? text : "");
    return { path, mode: "100644" as const, bytes };
  });

const key = () => ({ ANTHROPIC_API_KEY: "key", ANTHROPIC_BASE_URL: model.url });

test("the example runs: a plan is decided on, and the change is a branch of the local repository", async () => {
  const gitDir = join(room, "shop.git");
  const before = await (await createRepository(gitDir, filesOf())).head();
  await writeFile(join(app, "issue.md"), "# 1.005 is rounded down\n\n`round(1.005)` gives 1, not 1.01.\n");
  const words = [gitDir, join(app, "issue.md"), join(room, "data")];
  const ended = await execute([node, "example.ts", ...words], app, key());
  expect(ended, ended.err).toMatchObject({ code: 0 });
  expect(ended.out).toContain("## Plan 1: Round half a cent up");
  expect(ended.out).toMatch(/^0 run\.requested$/m);
  expect(ended.out).toMatch(/^\d+ plan\.approved$/m);
  expect(ended.out).toMatch(/^pull_request /m);
  expect(ended.out).toContain(`modified src/money.js ${Buffer.byteLength(FIXED)}`);
  const branch = /^journeyman\/issue-1-\w{8}$/m.exec(ended.out)?.[0] ?? "";
  const repository = await openLocalRepository(gitDir);
  const made = await repository.resolve(`refs/heads/${branch}`);
  if (made === null) expect.fail("no branch");
  expect(await repository.text(made, "src/money.js")).toBe(FIXED);
  expect(await repository.head()).toEqual(before);
  expect(await readdir(join(room, "data"))).toEqual(expect.arrayContaining(["artifacts", "forge", "journal.sqlite"]));
});

test("the packed program asks the turns of the run in that journal anew", async () => {
  const journal = await openJournal({ file: join(room, "data/journal.sqlite") });
  const [row] = await journal.runs({ limit: 1 });
  await journal.close();
  await writeFile(
    join(room, "script.yml"),
    "version: 1\nroles: { planner: [{ calls: [{ glob: { pattern: '*' } }] }] }\n",
  );
  const program = join(app, "node_modules/journeyman/dist/app/main.js");
  const words = ["eval", "--backtest", row?.run.slice(-8) ?? "", "--script", join(room, "script.yml")];
  const ended = await execute([node, program, ...words], room, { DATA_DIR: join(room, "data") });
  expect(ended.out, ended.err).toMatch(
    /plan\.1 +1 +DIFFERENT .*\n +then: read "src\/money\.js", grep "round"\n +now: {2}glob "\*"/,
  );
});

test("a plan that touches more is rejected by the example, and nothing is written", async () => {
  const gitDir = join(room, "other.git");
  const repository = await createRepository(gitDir, filesOf());
  model.follow(script([submitPlan({ ...PLAN, paths: ["src/money.js", "package.json"] })], WORKING));
  const ended = await execute([node, "example.ts", gitDir, join(app, "issue.md"), join(room, "data-2")], app, key());
  expect(ended, ended.err).toMatchObject({ code: 0 });
  expect(ended.out).toMatch(/^rejected \*\*Plan rejected\*\* by `you`/m);
  expect(ended.out).not.toContain("plan.approved");
  const refs = await execute(["git", `--git-dir=${gitDir}`, "for-each-ref", "--format=%(refname)"], room);
  expect(refs.out).toBe("refs/heads/main\n");
  expect((await repository.head()).name).toBe("main");
});
