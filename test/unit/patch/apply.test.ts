import { describe, expect, test } from "vitest";
import { applyHunks, type Applied } from "../../../src/core/patch/apply.ts";
import { parsePatch } from "../../../src/core/patch/parse.ts";

function apply(text: string, body: string): Applied {
  const parsed = parsePatch(`--- a/f\n+++ b/f\n${body}`);
  if (parsed.kind !== "patch") expect.fail(`${parsed.line}: ${parsed.problem}`);
  return applyHunks(text, parsed.files[0]?.hunks ?? []);
}

const misfitOf = (applied: Applied) => (applied.kind === "unfitted" ? applied.unfitted[0]?.misfit : null);
const textOf = (applied: Applied) => (applied.kind === "applied" ? applied.text : JSON.stringify(applied));

describe("where a hunk belongs", () => {
  const twice = "f {\n  x\n}\ng {\n  x\n}\n";

  test("one of several places is never guessed", () => {
    expect(misfitOf(apply(twice, "@@\n-  x\n+  y\n"))).toEqual({ kind: "ambiguous", lines: [2, 5] });
    expect(misfitOf(apply(twice, "@@ -3,1 +3,1 @@\n-  x\n+  y\n"))).toEqual({ kind: "ambiguous", lines: [2, 5] });
  });

  test.each([
    ["its line number", "@@ -5 +5 @@\n-  x\n+  y\n", "line number"],
    ["the section behind @@", "@@ g {\n-  x\n+  y\n", "section"],
  ])("of several places %s tells which, and that is said", (_, patch, by) => {
    const applied = apply(twice, patch);
    expect(applied).toMatchObject({ text: "f {\n  x\n}\ng {\n  y\n}\n", fitted: [{ line: 5, chosen: { of: 2, by } }] });
  });

  test("the hunks before leave one place", () => {
    const applied = apply("x\nmiddle\nx\n", "@@\n-middle\n+m\n@@\n-x\n+y\n");
    expect(applied).toMatchObject({ text: "x\nm\ny\n", fitted: [{}, { chosen: { by: "order" } }] });
  });

  test("a line number that the hunk before shows to be off is corrected by it", () => {
    const text = `new\nnew\nhead\na\n${twice}`;
    const applied = apply(text, "@@ -1,2 +1,2 @@\n head\n-a\n+b\n@@ -4,1 +4,1 @@\n-  x\n+  y\n");
    expect(applied).toMatchObject({ fitted: [{ shift: 2 }, { line: 6, chosen: { by: "line number" } }] });
  });

  test("two hunks cannot have one place", () => {
    expect(misfitOf(apply("a\n", "@@\n-a\n+b\n@@\n-a\n+c\n"))).toEqual({ kind: "taken", line: 1 });
  });

  test("a hunk that only adds needs a line beside it, unless the file is empty", () => {
    expect(misfitOf(apply("a\n", "@@ -1,0 +2 @@\n+b\n"))).toEqual({ kind: "no context" });
    expect(textOf(apply("", "@@ -0,0 +1 @@\n+b\n"))).toBe("b\n");
  });

  test("what is missing is told with the nearest place, what it expects and what is there", () => {
    const text = "import a\n\nfunction sum(a, b) {\n  return a + b;\n}\n";
    const misfit = misfitOf(
      apply(text, "@@ -9,3 +9,3 @@\n function sum(a, b) {\n-  return a - b;\n+  return b;\n }\n"),
    );
    expect(misfit).toEqual({
      kind: "missing",
      nearest: {
        line: 3,
        agreeing: 2,
        of: 3,
        differing: [{ line: 4, expected: "  return a - b;", found: "  return a + b;" }],
      },
    });
    expect(misfitOf(apply(text, "@@\n-nothing like it\n+x\n"))).toEqual({ kind: "missing", nearest: null });
  });
});

describe("white space", () => {
  test("of context and removed lines is overlooked; added lines get the indentation of the file", () => {
    const tabs = "if (a) {\n\tif (b) {\n\t\tgo();\n\t}\n}\n";
    const patch = "@@\n if (a) {\n     if (b) {\n-        go();\n+        stop();\n+            deep();\n     }\n }\n";
    expect(textOf(apply(tabs, patch))).toBe("if (a) {\n\tif (b) {\n\t\tstop();\n\t\t\tdeep();\n\t}\n}\n");
    const deeper = "class A:\n    def f():\n        return 1\n";
    expect(textOf(apply(deeper, "@@\n def f():\n-    return 1\n+    if x:\n+        return 2\n"))).toBe(
      "class A:\n    def f():\n        if x:\n            return 2\n",
    );
  });

  test("an indentation that follows no rule is a problem, not a guess", () => {
    const text = "  a\n   b\n  c\n";
    expect(misfitOf(apply(text, "@@\n a\n+new\n b\n c\n"))).toEqual({ kind: "indentation", line: 1 });
  });

  test("an exact place is taken although a looser one exists", () => {
    expect(textOf(apply("  x\nx\n", "@@\n-x\n+y\n"))).toBe("  x\ny\n");
  });
});

describe("line ends", () => {
  test("a file with CRLF keeps it, and a patch may come with either", () => {
    expect(textOf(apply("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n"))).toBe("a\r\nc\r\n");
    expect(textOf(apply("a\nb\n", "@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n"))).toBe("a\nc\n");
  });

  test("a missing last line end is kept, or made and taken away where the patch says so", () => {
    expect(textOf(apply("a\nb", "@@\n a\n-b\n+c\n"))).toBe("a\nc");
    expect(textOf(apply("a\nb", "@@\n a\n-b\n\\ No newline at end of file\n+b\n"))).toBe("a\nb\n");
    expect(textOf(apply("a\nb\n", "@@\n a\n-b\n+b\n\\ No newline at end of file\n"))).toBe("a\nb");
    expect(textOf(apply("a\nb", "@@\n a\n b\n+c\n"))).toBe("a\nb\nc");
  });
});
