import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { ToolCall } from "../../../src/core/messages.ts";
import type { CommandSpec, Workspace } from "../../../src/ports/sandbox.ts";
import { bash } from "../../../src/tools/bash.ts";
import { glob } from "../../../src/tools/glob.ts";
import { grep } from "../../../src/tools/grep.ts";
import { read } from "../../../src/tools/read.ts";
import { keptPath } from "../../../src/tools/shorten.ts";
import { todo } from "../../../src/tools/todo.ts";
import { makeTool, type Tool } from "../../../src/tools/tool.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { errorOf, useTool } from "../../support/tool-bench.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\nthree\n" });
});
afterEach(() => workspace.close());

const use = (tool: Tool, input: ToolCall["input"], about: { id?: string; on?: Workspace; commandMs?: number } = {}) =>
  useTool(tool, input, { on: workspace, ...about });

describe("bash", () => {
  test("gives stdout and stderr merged, and the exit code when it is not 0", async () => {
    const { content, isError } = await use(bash, { command: "echo out; echo err >&2; exit 3" });
    expect([isError, content]).toEqual([true, "out\nerr\nExit code 3."]);
    expect((await use(bash, { command: "true" })).content).toBe("(no output)");
  });

  test("removes colours and keeps the text", async () => {
    expect((await use(bash, { command: String.raw`printf '\033[31mred\033[0m'` })).content).toBe("red");
  });

  test("a command past its time is stopped with what it wrote so far", async () => {
    const { content } = await use(bash, { command: "echo begun; sleep 30", timeout: 1 });
    expect(content.split("\n")[1]).toBe("begun");
    expect(errorOf(content.split("\n")[0] ?? "")).toMatchObject({ error: "timeout" });
  });

  test("no call gets more time than the settings allow", async () => {
    const { content } = await use(bash, { command: "sleep 30", timeout: 3600 }, { commandMs: 300 });
    expect(content).toContain("Stopped after 0.3 s");
  });

  test("endless output is stopped and said so", async () => {
    const { content } = await use(bash, { command: "yes" }, { id: "unit-yes" });
    await rm(keptPath("unit-yes"), { force: true });
    expect(errorOf(content.split("\n")[0] ?? "")).toMatchObject({ error: "output_limit" });
    expect(Buffer.byteLength(content)).toBeLessThan(11_000);
  });
});

describe("long results", () => {
  const id = "unit/long:1";
  const path = "/tmp/journeyman/unit_long_1.txt";
  afterEach(() => rm(path, { force: true }));

  test("are shown as head and tail with an honest notice, and the whole can be read on", async () => {
    const { content } = await use(bash, { command: "seq 1 20000" }, { id });
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(10_240);
    expect(content.startsWith("1\n2\n")).toBe(true);
    expect(content.endsWith("\n20000")).toBe(true);
    const [, left = 0, whole = 0] = (/(\d+) of (\d+) bytes left out/.exec(content) ?? []).map(Number);
    const shown = content.split(/\n\[….*…\]\n/s).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    expect([whole, left + shown]).toEqual([108_893, 108_893]);
    expect(content).toContain(path);
    expect((await use(read, { path, offset: 10_000, limit: 1 })).content).toContain("10000\t10000");
  });

  test("say so when they could not be kept", async () => {
    const full = {
      ...workspace,
      run: (command: CommandSpec, stop: AbortSignal) =>
        workspace.run(command.argv[0] === "sh" ? { ...command, argv: ["false"] } : command, stop),
    };
    expect((await use(bash, { command: "seq 1 20000" }, { id, on: full })).content).toContain("The rest is not kept");
  });
});

describe("todo", () => {
  const item = (id: string, status: string) => ({ id, text: "do it", status });

  test("yields the whole list as a fact", async () => {
    const items = [item("1", "done"), item("2", "in_progress")];
    const { outcome, content } = await use(todo, { items });
    expect(outcome).toMatchObject({ facts: [{ type: "todo.updated", items }] });
    expect(content).toBe("1 of 2 done.");
  });

  test("two in progress or an id twice are refused", async () => {
    const two = await use(todo, { items: [item("1", "in_progress"), item("2", "in_progress")] });
    const twice = await use(todo, { items: [item("1", "done"), item("1", "done")] });
    expect([errorOf(two.content)["error"], errorOf(twice.content)["error"]]).toEqual([
      "several_in_progress",
      "repeated_id",
    ]);
  });
});

describe("searching passes what the model wrote as arguments, never to a shell", () => {
  const argvOf = async (tool: Tool, input: ToolCall["input"]): Promise<readonly string[]> => {
    const seen: CommandSpec[] = [];
    const on = {
      ...workspace,
      run: (command: CommandSpec, stop: AbortSignal) => {
        seen.push(command);
        return workspace.run({ ...command, argv: ["true"] }, stop);
      },
    };
    await use(tool, input, { on });
    return seen[0]?.argv ?? [];
  };

  test("grep", async () => {
    const hostile = "-e $(touch x); `id`";
    const argv = await argvOf(grep, { pattern: hostile, path: "-rf", glob: "--pre=sh" });
    expect(argv).toContain("--type-add=wanted:--pre=sh");
    expect(argv.slice(-4)).toEqual(["--glob=!.git", `--regexp=${hostile}`, "--", "./-rf"]);
  });

  test("glob", async () => {
    expect((await argvOf(glob, { pattern: "-x $(id)" })).slice(-3)).toEqual(["--glob", "--", "-x $(id)"]);
    expect((await argvOf(glob, { pattern: "./src/**" })).slice(-2)).toEqual(["--", "/workspace/src/**"]);
  });
});

describe("the law of all tools", () => {
  const breaks = (thrown: unknown): Tool =>
    makeTool({
      name: "breaks",
      version: 1,
      effect: "none",
      description: "Breaks.",
      input: z.strictObject({}),
      run: () => Promise.reject(thrown),
    });

  test("a fault of a tool is a result, and a lost sandbox is not", async () => {
    expect(errorOf((await use(breaks(new TypeError("x is undefined")), {})).content)["error"]).toBe("tool_failed");
    await expect(use(breaks(new JourneymanError("sandbox_lost", { reason: "gone" })), {})).rejects.toThrow("sandbox");
  });
});
