import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvals } from "../../../src/eval/directory.ts";

let room: string;
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-tasks-"));
});
afterEach(() => rm(room, { recursive: true, force: true }));

async function lay(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(room, path)), { recursive: true });
    await writeFile(join(room, path), text);
  }
}

const TASK = `description: It works.
language: shell
hidden: { directory: hidden, command: sh t.sh }
ceilings: { usd: 1, turns: 2 }
`;
const WHOLE = {
  "a/task.yml": TASK,
  "a/issue.md": "# Mend it\n\nPlease.\n",
  "a/repository/x": "x\n",
  "a/hidden/t.sh": "",
};

const faultsOf = async (): Promise<string[]> => {
  const thrown: unknown = await readEvals(room).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "evals_invalid" });
  return (thrown as { details: { faults: string } }).details.faults.split("; ");
};

test("a task is read with all that belongs to it", async () => {
  await lay(WHOLE);
  const { tasks } = await readEvals(room);
  expect(tasks).toMatchObject([
    {
      name: "a",
      given: { title: "Mend it", body: "Please." },
      files: [{ path: "x" }],
      hiddenFiles: [{ path: "t.sh" }],
      expect: { end: "pull_request" },
      recorded: null,
    },
  ]);
});

test("all faults of all tasks are named at once, each with its line", async () => {
  await lay({
    ...WHOLE,
    "a/task.yml": `${TASK}colour: red\nexpect:\n  kind: bugg\n  tools: { planer: [read] }\n`,
    "b/task.yml": "description: [\n",
    "c/task.yml": TASK.replace("{ usd: 1, turns: 2 }", "\n  usd: -1\n  turns: two"),
  });
  const faults = await faultsOf();
  expect(faults.map((fault) => fault.split(" ", 2).join(" "))).toEqual([
    "a/task.yml:5 `colour`",
    "a/task.yml:7 `expect.kind`",
    "a/task.yml:8 `expect.tools.planer`",
    expect.stringMatching(/^b\/task\.yml:\d+ is$/),
    "c/task.yml:5 `ceilings.usd`",
    "c/task.yml:6 `ceilings.turns`",
  ]);
});

test("what a task names and is not there is a fault", async () => {
  await lay({ "a/task.yml": `${TASK}script: said.yml\n` });
  const faults = await faultsOf();
  expect(faults).toEqual([
    expect.stringContaining("issue.md cannot be read: the file is not there") as string,
    "a/task.yml:1 `repository` names repository, which is not there or empty",
    "a/task.yml:1 `hidden.directory` names hidden, which is not there or empty",
    "a/said.yml:1 is not there",
  ]);
});

test("a change without hidden tests, and a path that leaves the task, are refused", async () => {
  await lay({ ...WHOLE, "a/task.yml": TASK.replace(/hidden:.*\n/, "issue: ../issue.md\n") });
  expect((await faultsOf()).join("\n")).toContain("`issue` cannot be used: must stay inside the task's directory");
  await lay({ "a/task.yml": TASK.replace(/hidden:.*\n/, "") });
  expect((await faultsOf()).join("\n")).toContain("needs `hidden` tests, because a change is expected");
});

test("a script with a call that is no call is refused with its line", async () => {
  const script =
    "version: 1\nroles:\n  planner:\n    - calls:\n        - read: { path: a }\n          grep: { pattern: b }\n";
  await lay({ ...WHOLE, "a/task.yml": `${TASK}script: s.yml\n`, "a/s.yml": script });
  expect(await faultsOf()).toEqual([expect.stringMatching(/^a\/s\.yml:\d+ .*one tool's name with its input$/)]);
});

test("a directory that is not there, an empty one and one without a task are refused", async () => {
  await expect(readEvals(join(room, "nowhere"))).rejects.toThrow(/nowhere is not a directory that can be read/);
  await expect(readEvals(room)).rejects.toThrow(/holds no golden task: a task is a folder with a task\.yml/);
  await lay(WHOLE);
  await expect(readEvals(room, "zzz")).rejects.toThrow(/holds no golden task whose name holds "zzz"/);
  await lay({ "other/readme.md": "x" });
  await expect(readEvals(room)).rejects.toThrow(/other holds no task\.yml/);
});

test("a stored prefix that is not in its journal is refused", async () => {
  const file = `description: d
journal: j.jsonl
conversation: plan.1
turn: 9
expect: { tool: read }
script: { version: 1, roles: {} }
`;
  await lay({ ...WHOLE, "prefixes/p.yml": file, "prefixes/j.jsonl": '{"run":1}\nnot json\n' });
  expect(await faultsOf()).toEqual([
    expect.stringMatching(/^prefixes\/j\.jsonl:1 is not a fact of a run: ./),
    expect.stringMatching(/^prefixes\/j\.jsonl:2 is not a fact of a run: ./),
  ]);
});
