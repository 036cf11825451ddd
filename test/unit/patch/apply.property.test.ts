import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyHunks, type Applied } from "../../../src/core/patch/apply.ts";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import { anyDiff, patchText } from "./random-diff.ts";

const RUNS = { numRuns: 2_000 };

function apply(text: string, patch: string): Applied {
  const parsed = parsePatch(patch);
  if (parsed.kind !== "patch") return { kind: "unfitted", unfitted: [] };
  expect(parsed.files).toHaveLength(1);
  return applyHunks(text, parsed.files[0]?.hunks ?? []);
}

const textOf = (lines: readonly string[], end = "\n"): string => lines.map((line) => line + end).join("");

describe("whatever the diff", () => {
  test("with its right line numbers it gives exactly the new text, with either line end", () => {
    fc.assert(
      fc.property(anyDiff, fc.constantFrom("\n", "\r\n"), (diff, end) => {
        const applied = apply(textOf(diff.before, end), patchText(diff));
        expect(applied).toMatchObject({ kind: "applied", text: textOf(diff.after, end) });
      }),
      RUNS,
    );
  });

  test("a missing last line end stays missing", () => {
    fc.assert(
      fc.property(anyDiff, (diff) => {
        fc.pre(diff.before.at(-1) !== "" && diff.after.at(-1) !== "" && diff.after.length > 0);
        const applied = apply(textOf(diff.before).slice(0, -1), patchText(diff));
        expect(applied).toMatchObject({ kind: "applied", text: textOf(diff.after).slice(0, -1) });
      }),
      RUNS,
    );
  });

  test("without line numbers it gives the new text, or says that a place is not clear", () => {
    let clear = 0;
    fc.assert(
      fc.property(anyDiff, (diff) => {
        const applied = apply(textOf(diff.before), patchText(diff, { numbers: false }));
        if (applied.kind === "applied") {
          // Only the order of its hunks may have told where they belong; then the text is one that the patch describes.
          const told = applied.fitted.some(({ chosen }) => chosen !== null);
          if (!told) expect(applied.text).toBe(textOf(diff.after));
          clear += 1;
        } else {
          for (const { misfit } of applied.unfitted) expect(["ambiguous", "taken"]).toContain(misfit.kind);
        }
      }),
      RUNS,
    );
    expect(clear).toBeGreaterThan(500);
  });

  test("a text that moved down is patched where it went, or the place is called unclear", () => {
    fc.assert(
      fc.property(anyDiff, fc.integer({ min: 1, max: 40 }), (diff, shift) => {
        const above = Array.from({ length: shift }, (_, line) => `new line ${line}`);
        const applied = apply(textOf([...above, ...diff.before]), patchText(diff));
        if (applied.kind !== "applied" || applied.fitted.some(({ chosen }) => chosen !== null)) return;
        expect(applied.text).toBe(textOf([...above, ...diff.after]));
      }),
      RUNS,
    );
  });

  test("a second time it does not fit", () => {
    const before = "one\ntwo\nthree\n";
    const patch = "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    const once = apply(before, patch);
    expect(once).toMatchObject({ kind: "applied", text: "one\n2\nthree\n" });
    expect(apply("one\n2\nthree\n", patch)).toMatchObject({
      kind: "unfitted",
      unfitted: [{ misfit: { kind: "missing" } }],
    });
  });

  test("white space that drifted is overlooked, and the file keeps its own", () => {
    fc.assert(
      fc.property(anyDiff, (diff) => {
        const own = diff.before.map((line) => (line.trim() === "" ? line : `${line}  `));
        const applied = apply(textOf(own), patchText(diff));
        if (applied.kind !== "applied" || applied.fitted.some(({ chosen }) => chosen !== null)) return;
        expect(applied.text.replaceAll(/ +$/gm, "")).toBe(textOf(diff.after).replaceAll(/ +$/gm, ""));
      }),
      RUNS,
    );
  });
});

describe("hostile text", () => {
  const anyPiece = fc.constantFrom(
    "--- ",
    "+++ ",
    "--- a/f\n+++ b/f\n",
    "@@",
    "@@ -1,2 +3,4 @@\n",
    "@@ -999999999 +0 @@\n",
    "\\ No newline",
    " x\n",
    "-y\n",
    "+z\n",
    "diff --git a/x b/x\n",
    "rename from a\n",
    "rename to b\n",
    "deleted file mode 100644\n",
    "```\n",
    "\r\n",
    "\0",
    '"\\303\\251"',
    "/dev/null\n",
    "\n",
    "*** Begin Patch\n",
    "\uD800",
    "Index: x\n",
  );

  test("gives a patch or a problem with its line, never a throw; and what is applied keeps what no hunk shows", () => {
    fc.assert(
      fc.property(fc.array(anyPiece, { maxLength: 40, size: "max" }), (pieces) => {
        const text = pieces.join("");
        const parsed = parsePatch(text);
        if (parsed.kind === "unreadable") {
          expect(parsed.line).toBeGreaterThanOrEqual(1);
          expect(parsed.problem).not.toBe("");
          return;
        }
        for (const { hunks } of parsed.files) applyHunks("a\nb\nx\ny\n", hunks);
      }),
      { numRuns: 5_000 },
    );
  });

  test("a million equal lines and a long hunk of them take no long time", () => {
    const lines = "\n".repeat(1_000_000);
    const hunk = ` \n`.repeat(100_000);
    const start = performance.now();
    expect(apply(lines, `--- a/f\n+++ b/f\n@@\n${hunk}-x\n+y\n`).kind).toBe("unfitted");
    expect(apply(lines, `--- a/f\n+++ b/f\n@@\n${hunk}+y\n`).kind).toBe("unfitted");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
