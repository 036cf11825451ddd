import { describe, expect, test } from "vitest";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { unquoted } from "../../../src/core/patch/names.ts";

const filesOf = (patch: string) => {
  const parsed = parsePatch(patch);
  if (parsed.kind !== "patch") expect.fail(`${parsed.line}: ${parsed.problem}`);
  return parsed.files;
};
const problemOf = (patch: string) => {
  const parsed = parsePatch(patch);
  return parsed.kind === "unreadable" ? `${parsed.line}: ${parsed.problem}` : "";
};
const namesOf = (patch: string) => filesOf(patch).map(({ from, to, hunks }) => [from, to, hunks.length]);

const CHANGE = "@@ -1,2 +1,2 @@\n a\n-b\n+c\n";

describe("files", () => {
  test.each([
    ["a change", `--- a/x\n+++ b/x\n${CHANGE}`, [["x", "x", 1]]],
    ["names without a/ and b/", `--- src/x\n+++ src/x\n${CHANGE}`, [["src/x", "src/x", 1]]],
    ["a folder that is called a", `--- a/x\n+++ a/x\n${CHANGE}`, [["a/x", "a/x", 1]]],
    ["a time behind the name", `--- a/x\t2026-01-01 10:00\n+++ b/x\t2026-01-01 10:01\n${CHANGE}`, [["x", "x", 1]]],
    ["a new file", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", [[null, "x", 1]]],
    ["a new file without @@", "--- /dev/null\n+++ b/x\n+a\n+b\n", [[null, "x", 1]]],
    ["an empty new file", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n", [[null, "x", 0]]],
    ["a file that goes", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", [["x", null, 1]]],
    ["one that goes unseen", "diff --git a/x b/x\ndeleted file mode 100644\n", [["x", null, 0]]],
    ["a new name", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", [["x", "y", 0]]],
    ["a fence around it", `\`\`\`diff\n--- a/x\n+++ b/x\n${CHANGE}\`\`\`\n`, [["x", "x", 1]]],
    ["words before it", `Here is the patch:\n\n--- a/x\n+++ b/x\n${CHANGE}`, [["x", "x", 1]]],
    ["git's signature", `--- a/x\n+++ b/x\n${CHANGE}-- \n2.39.5\n`, [["x", "x", 1]]],
    ["a file in two parts", `--- a/x\n+++ b/x\n${CHANGE}--- a/x\n+++ b/x\n${CHANGE}`, [["x", "x", 2]]],
    ["git's name alone", `diff --git a/x b/x\nindex 1..2 100644\n${CHANGE}`, [["x", "x", 1]]],
  ])("%s", (_, patch, names) => {
    expect(namesOf(patch)).toEqual(names);
  });

  test("names in quotes are read as bytes", () => {
    expect(unquoted(String.raw`"a/caf\303\251 \"x\"\t.txt"`)).toBe('a/café "x"\t.txt');
  });
});

describe("hunks", () => {
  const linesOf = (body: string) =>
    filesOf(`--- a/x\n+++ b/x\n${body}`)[0]?.hunks.map(({ at, lines }) => [
      at,
      lines.map(({ kind, text }) => kind.charAt(0) + text).join("|"),
    ]);

  test.each([
    ["right counts", CHANGE, [[1, "ca|rb|ac"]]],
    ["wrong counts", "@@ -7,9 +7,1 @@\n a\n-b\n+c\n", [[7, "ca|rb|ac"]]],
    [
      "no numbers",
      "@@\n a\n-b\n@@ f() {\n-c\n",
      [
        [null, "ca|rb"],
        [null, "rc"],
      ],
    ],
    ["a lost blank before an empty line", "@@ -1,3 +1,2 @@\n a\n\n-b\n", [[1, "ca|c|rb"]]],
    ["an empty line between files", `${CHANGE}\n--- a/y\n+++ b/y\n${CHANGE}`, [[1, "ca|rb|ac"]]],
    ["a removed line that looks like a header", "@@ -1,2 +1,2 @@\n--- a\n+++ b\n x\n", [[1, "r-- a|a++ b|cx"]]],
  ])("%s", (_, body, hunks) => {
    expect(linesOf(body)).toEqual(hunks);
  });
});

describe("what cannot be applied is a problem with its line", () => {
  test.each([
    ["another kind of patch", "*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n", "1: this is another kind"],
    ["a binary part", "diff --git a/x b/x\nBinary files a/x and b/x differ\n", "2: binary files"],
    ["a mode", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", "2: modes"],
    ["a copy", "diff --git a/x b/y\ncopy from x\ncopy to y\n", "2: copies"],
    ["no file", "@@\n-a\n+b\n", "1: a hunk stands before"],
    ["nothing", "please change x\n", "1: no file is named"],
    ["two names", `--- a/x\n+++ b/y\n${CHANGE}`, "1: the names"],
    ["no hunk", "--- a/x\n+++ b/x\n", "1: no hunk follows"],
    ["an empty hunk", "--- a/x\n+++ b/x\n@@\n@@\n-a\n", "3: the hunk is empty"],
    ["a line without its mark", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\na\n-b\n", "4: a line of a hunk"],
    ["words after a hunk", `--- a/x\n+++ b/x\n${CHANGE}\nThat is all.\n`, "8: "],
    [
      "a file that is changed and renamed apart",
      `--- a/x\n+++ b/x\n${CHANGE}diff --git a/x b/y\nrename from x\nrename to y\n`,
      "1: x stands in several parts",
    ],
  ])("%s", (_, patch, problem) => {
    expect(problemOf(patch)).toContain(problem);
  });
});
