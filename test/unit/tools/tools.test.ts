import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { ToolCall } from "../../../src/core/messages.ts";
import type { CommandSpec } from "../../../src/ports/sandbox.ts";
import { bash } from "../../../src/tools/bash.ts";
import { edit } from "../../../src/tools/edit.ts";
import { glob } from "../../../src/tools/glob.ts";
import { grep } from "../../../src/tools/grep.ts";
import type { ToolOutcome } from "../../../src/tools/outcome.ts";
import { placeOf } from "../../../src/tools/place.ts";
import { read } from "../../../src/tools/read.ts";
import { todo } from "../../../src/tools/todo.ts";
import { makeTool, prepareCall, type Tool } from "../../../src/tools/tool.ts";
import { write } from "../../../src/tools/write.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call } from "../../support/scripted-port.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\nthree\n" });
});
afterEach(() => workspace.close());

const signal = new AbortController().signal;

async function use(
  tool: Tool,
  input: ToolCall["input"],
  about: { id?: string; on?: LocalWorkspace; commandMs?: number } = {},
) {
  const prepared = prepareCall([tool], call(about.id ?? "unit", tool.name, input));
  if (prepared.kind === "answered") return { content: prepared.content, isError: true, outcome: null };
  const context = {
    workspace: about.on ?? workspace,
    callId: about.id ?? "unit",
    signal,
    commandMs: about.commandMs ?? 20_000,
  };
  const outcome: ToolOutcome = await prepared.run(context);
  if (outcome.kind !== "result") return { content: "", isError: false, outcome };
  return { content: outcome.content, isError: outcome.isError, outcome };
}

const errorOf = (content: string): Record<string, unknown> => JSON.parse(content) as Record<string, unknown>;
const text = (path: string): Promise<string> => readFile(join(workspace.root, path), "utf8");

describe("paths", () => {
  test.each([
    ["src/a.ts", "src/a.ts"],
    ["./src//a.ts", "src/a.ts"],
    ["/workspace/src/a.ts", "src/a.ts"],
    ["/workspace", "."],
    ["", "."],
  ])("%j is %j in the workspace", (given, path) => {
    expect(placeOf(given)).toEqual({ kind: "workspace", path });
  });

  test.each(["../x", "a/../../x", "/etc/passwd", "/workspace2/x", "/workspace/../etc", "a\0b", "/tmp/journeyman/../x"])(
    "%j is refused",
    (given) => expect(placeOf(given).kind).toBe("refused"),
  );

  test("only reading reaches a kept result", async () => {
    expect(placeOf("/tmp/journeyman/x.txt").kind).toBe("kept");
    for (const [tool, input] of [
      [write, { path: "/tmp/journeyman/x.txt", content: "x" }],
      [edit, { path: "/tmp/journeyman/x.txt", old: "x", new: "y" }],
    ] as const) {
      expect(errorOf((await use(tool, input)).content)["error"]).toBe("bad_path");
    }
  });
});

describe("read", () => {
  test("numbers the lines, and says where to go on", async () => {
    expect((await use(read, { path: "a.txt" })).content).toBe("1\tone\n2\ttwo\n3\tthree");
    expect((await use(read, { path: "a.txt", offset: 2, limit: 1 })).content).toBe(
      "2\ttwo\n[lines 2-2 of 3; go on with offset 3]",
    );
  });

  test("a long file is given in parts that fit a result, and no line is lost between them", async () => {
    const lines = Array.from({ length: 900 }, (_, row) => `${row} ${"x".repeat(40)}`);
    await writeFile(join(workspace.root, "long.txt"), lines.join("\n"));
    const seen: string[] = [];
    for (let offset = 1; offset <= 900;) {
      const { content } = await use(read, { path: "long.txt", offset });
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(10_240);
      const rows = content.split("\n").filter((row) => /^\d+\t/.test(row));
      seen.push(...rows.map((row) => row.slice(row.indexOf("\t") + 1)));
      offset += rows.length;
    }
    expect(seen).toEqual(lines);
  });

  test("refuses what is not a text file, each with a way on", async () => {
    await writeFile(join(workspace.root, "image"), Buffer.from([1, 0, 2]));
    await writeFile(join(workspace.root, "huge"), Buffer.alloc(5_000_000, "x"));
    const errors = await Promise.all(
      ["nowhere", ".", "image", "huge"].map(async (path) => errorOf((await use(read, { path })).content)),
    );
    expect(errors.map(({ error }) => error)).toEqual(["not_found", "not_a_file", "binary_file", "too_large"]);
    for (const { suggestion, path } of errors)
      expect([suggestion, path]).toEqual([expect.any(String), expect.any(String)]);
  });

  test("an empty file and an offset past the end are said plainly", async () => {
    await writeFile(join(workspace.root, "empty"), "");
    expect((await use(read, { path: "empty" })).content).toBe("(empty file)");
    expect(errorOf((await use(read, { path: "a.txt", offset: 9 })).content)["suggestion"]).toBe(
      "The file has 3 lines.",
    );
  });
});

describe("edit", () => {
  test("replaces text that occurs once, literally", async () => {
    const { isError } = await use(edit, { path: "a.txt", old: "two", new: "$& $1 two" });
    expect([isError, await text("a.txt")]).toEqual([false, "one\n$& $1 two\nthree\n"]);
  });

  test("text that occurs twice is refused with the count and the lines, and nothing is changed", async () => {
    await writeFile(join(workspace.root, "twice"), "x\ny\nx\n");
    const { content } = await use(edit, { path: "twice", old: "x", new: "z" });
    expect(errorOf(content)).toMatchObject({ error: "old_not_unique", count: 2, lines: [1, 3] });
    expect(await text("twice")).toBe("x\ny\nx\n");
    await use(edit, { path: "twice", old: "x", new: "z", replace_all: true });
    expect(await text("twice")).toBe("z\ny\nz\n");
  });

  test("text that is missing is answered with the lines that look like it", async () => {
    await writeFile(join(workspace.root, "code.js"), "function f() {\n    return  1;\n}\n");
    const { content } = await use(edit, { path: "code.js", old: "\treturn 1;", new: "x" });
    expect(errorOf(content)).toMatchObject({ error: "old_not_found", near: ["2\t    return  1;"] });
  });

  test("a file with CRLF keeps it, whatever line ends the model sends", async () => {
    await writeFile(join(workspace.root, "dos.txt"), "one\r\ntwo\r\nthree\r\n");
    await use(edit, { path: "dos.txt", old: "one\ntwo", new: "1\n2\n2b" });
    expect(await text("dos.txt")).toBe("1\r\n2\r\n2b\r\nthree\r\n");
  });

  test("a file that is not UTF-8 is not damaged", async () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62]);
    await writeFile(join(workspace.root, "latin"), bytes);
    expect(errorOf((await use(edit, { path: "latin", old: "a", new: "c" })).content)["error"]).toBe("binary_file");
    expect(await readFile(join(workspace.root, "latin"))).toEqual(bytes);
  });

  test("a byte order mark is kept", async () => {
    await writeFile(join(workspace.root, "bom"), "\uFEFFone\n");
    await use(edit, { path: "bom", old: "one", new: "two" });
    expect(await text("bom")).toBe("\uFEFFtwo\n");
  });
});

describe("write", () => {
  test("creates a file with its directories, and the same call twice leaves the same file", async () => {
    for (const _ of [1, 2]) await use(write, { path: "deep/er/f.txt", content: "héllo" });
    expect(await text("deep/er/f.txt")).toBe("héllo");
  });

  test("a failure is data", async () => {
    const { content, isError } = await use(write, { path: "a.txt/inside", content: "x" });
    expect([isError, errorOf(content)["error"]]).toEqual([true, "not_written"]);
  });
});

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
    const { content } = await use(bash, { command: "yes" });
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
    expect(argv).toContain(`--regexp=${hostile}`);
    expect(argv).toContain("--glob=--pre=sh");
    expect(argv.slice(-3)).toEqual(["--glob=!.git", "--", "./-rf"]);
  });

  test("glob", async () => {
    expect((await argvOf(glob, { pattern: "!**/*.ts" })).slice(-4)).toEqual([
      String.raw`--glob=\!**/*.ts`,
      "--glob=!.git",
      "--",
      ".",
    ]);
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
