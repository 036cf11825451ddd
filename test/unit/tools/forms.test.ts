import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { earlierForm, fit } from "../../../src/tools/earlier.ts";
import { edit } from "../../../src/tools/edit.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { errorOf, useTool } from "../../support/tool-bench.ts";

let workspace: LocalWorkspace;
beforeEach(async () => {
  workspace = await openLocalWorkspace({ "a.txt": "one\ntwo\n" });
});
afterEach(() => workspace.close());

const text = (): Promise<string> => readFile(join(workspace.root, "a.txt"), "utf8");

describe("a call in an earlier form of a tool", () => {
  test.each([
    ["with the path's new name", { path: "a.txt", old_string: "two", new_string: "2" }],
    ["with the path's old name", { file_path: "a.txt", old_string: "two", new_string: "2" }],
  ])("still runs (%s), and is told the form of now", async (_, input) => {
    const { content, isError } = await useTool(edit, input, { on: workspace });
    expect([isError, await text()]).toEqual([false, "one\n2\n"]);
    expect(content).toMatch(
      /^Edited a\.txt: 1 place\.\n\[Your arguments had an older form.*path, old, new, replace_all\.\]$/,
    );
  });

  test("that fails is told both: what went wrong and the form of now", async () => {
    const { content, isError } = await useTool(
      edit,
      { path: "a.txt", old_string: "x", new_string: "y" },
      { on: workspace },
    );
    expect([isError, errorOf(content.split("\n")[0] ?? "")["error"]]).toEqual([true, "old_not_found"]);
    expect(content).toContain("older form");
  });

  test("in the form of now is told nothing", async () => {
    const { content } = await useTool(edit, { path: "a.txt", old: "two", new: "2" }, { on: workspace });
    expect(content).toBe("Edited a.txt: 1 place.");
  });

  test("in a form that never was is answered with the schema of now, and nothing runs", async () => {
    const both = await useTool(edit, { path: "a.txt", old: "two", new_string: "2" }, { on: workspace });
    expect(errorOf(both.content)).toMatchObject({
      error: "bad_arguments",
      schema: { required: ["path", "old", "new"] },
    });
    expect(await text()).toBe("one\ntwo\n");
  });

  test("the model is told the newest form only", () => {
    expect(JSON.stringify(edit.definition)).not.toContain("old_string");
  });
});

describe("of several forms", () => {
  const any = z.strictObject({ text: z.string() });
  const tool = {
    version: 3,
    input: z.strictObject({ text: z.string(), loud: z.boolean().default(false) }),
    earlier: [
      earlierForm(0, z.strictObject({ words: z.string() }), () => ({ text: "oldest" })),
      earlierForm(1, any, ({ text }) => ({ text: `first ${text}` })),
      earlierForm(2, z.strictObject({ words: z.string() }), ({ words }) => ({ text: words, loud: true })),
    ],
  };

  test("the newest that fits decides, whatever the order of the list", () => {
    expect(fit(tool, { text: "x" })).toEqual({ kind: "fits", version: 3, input: { text: "x", loud: false } });
    expect(fit(tool, { words: "x" })).toEqual({ kind: "fits", version: 2, input: { text: "x", loud: true } });
    expect(
      fit({ ...tool, input: z.strictObject({ text: z.string().startsWith("first") }) }, { text: "x" }),
    ).toMatchObject({
      version: 1,
      input: { text: "first x" },
    });
  });

  test("an upgrade that does not fit the form of now does not run", () => {
    const bad = { ...tool, earlier: [earlierForm(2, z.strictObject({ n: z.number() }), ({ n }) => ({ text: n }))] };
    expect(fit(bad, { n: 1 }).kind).toBe("misfit");
  });
});
