import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ToolCall } from "../../../src/core/messages.ts";
import type { Workspace } from "../../../src/ports/sandbox.ts";
import { edit } from "../../../src/tools/edit.ts";
import { placeToRead, placeToWrite } from "../../../src/tools/place.ts";
import { read } from "../../../src/tools/read.ts";
import type { Tool } from "../../../src/tools/tool.ts";
import { write } from "../../../src/tools/write.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { errorOf, useTool } from "../../support/tool-bench.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\nthree\n" });
});
afterEach(() => workspace.close());

const use = (tool: Tool, input: ToolCall["input"], about: { id?: string; on?: Workspace; commandMs?: number } = {}) =>
  useTool(tool, input, { on: workspace, ...about });
const text = (path: string): Promise<string> => readFile(join(workspace.root, path), "utf8");

describe("paths", () => {
  test.each([
    ["src/a.ts", "src/a.ts"],
    ["./src//a.ts", "src/a.ts"],
    ["/workspace/src/a.ts", "src/a.ts"],
    ["/workspace", "."],
    ["", "."],
  ])("%j is %j in the workspace", (given, path) => {
    expect(placeToRead(given)).toEqual({ kind: "workspace", path });
  });

  test.each(["../x", "a/../../x", "/etc/passwd", "/workspace2/x", "/workspace/../etc", "a\0b", "/tmp/journeyman/../x"])(
    "%j is neither read nor written",
    (given) => expect([placeToRead(given).kind, placeToWrite(given).kind]).toEqual(["refused", "refused"]),
  );

  test.each([".git/config", "a/.GIT/x", "nul.txt", "a\u202Eb", "", "/tmp/journeyman/x.txt"])(
    "%j is not written: it could never be committed",
    (given) => expect(placeToWrite(given).kind).toBe("refused"),
  );

  test("only reading reaches a kept result", async () => {
    expect(placeToRead("/tmp/journeyman/x.txt").kind).toBe("kept");
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
