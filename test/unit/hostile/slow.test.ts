import { describe, expect, test } from "vitest";
import { touchedPaths } from "../../../src/agent/touched.ts";
import { dropInvisible } from "../../../src/core/text/invisible.ts";
import { visibleText } from "../../../src/core/text/hidden.ts";
import { spokenIn } from "../../../src/core/text/language.ts";
import { pageText } from "../../../src/core/text/page-text.ts";
import { diffsOf } from "../../../src/core/text/diff-text.ts";

/* What strangers write is read by a worker that must renew its leases meanwhile: each reader takes a moment, whatever it is given. */

const CHARS = 65_536;
/** Far above what is needed on a busy machine, far below what work that grows with the square takes. */
const MOMENT_MS = 1_500;

const filled = (pattern: string): string => pattern.repeat(Math.ceil(CHARS / pattern.length)).slice(0, CHARS);

function took(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

const HEAPS = {
  "marks of two kinds by turns": filled("\u0301\u0327"),
  "marks in the wrong order": `a${"\u0301".repeat(CHARS / 2)}${"\u0327".repeat(CHARS / 2)}`,
  "marks with something invisible between": filled("\u0301\u200b\u0327"),
};

describe("S37 a heap of marks on one letter is cut before it is composed", () => {
  test.each(Object.entries(HEAPS))("%s", (_, text) => {
    expect(took(() => visibleText(text))).toBeLessThan(MOMENT_MS);
    expect(took(() => pageText(text, true))).toBeLessThan(MOMENT_MS);
    expect(took(() => pageText(text, false))).toBeLessThan(MOMENT_MS);
    const once = dropInvisible(text);
    expect(once.runs).toBeGreaterThan(0);
    expect(dropInvisible(once.text)).toEqual({ text: once.text, runs: 0 });
  });

  test("what languages write stays", () => {
    const written = "Việt, שָׁלוֹם, हिन्दी, ก็, a\u0327\u0301";
    expect(dropInvisible(written)).toEqual({ text: written.normalize("NFC"), runs: 0 });
  });
});

describe("S37 the language of a text is told at once", () => {
  const patterns = ["a", "A", "_", "a.", "`a", "&", '"', "[", "aB", "\u0301", "\u200b", "https://", "a ", "```", "字"];
  test.each(patterns)("%j, repeated", (pattern) => {
    expect(took(() => spokenIn(filled(pattern)))).toBeLessThan(MOMENT_MS);
  });

  test("code, addresses and names say nothing, and neither does what comes after them in the same word", () => {
    const prose = "The total of the invoice is wrong when it is not a whole number, and that should be rounded.";
    const noise = "src/der/die.das https://x.test/und/nicht `der die das und ist` einNicht (der) ".repeat(20);
    expect(spokenIn(`${noise}${prose}`)).toEqual({ script: "Latin", language: "English" });
  });
});

test("S37 a line of a patch that looks like a name of many folders leads to none", () => {
  const folders = "a/".repeat(100_000);
  const patch = `--- a/src/x.md\n+++ b/src/x.md\n@@ -1,2 +1,2 @@\n one\n--- ${folders}\n+++ ${folders}\n`;
  const call = { type: "tool_call" as const, id: "c", name: "apply_patch", input: { patch } };
  const result = { type: "tool_result" as const, callId: "c", content: "", isError: false };
  expect(touchedPaths([{ call, result }])).toEqual(["src/x.md"]);
  const named = { ...call, input: { path: folders } };
  expect(touchedPaths([{ call: named, result }])).toEqual([]);
});

test("S37 of many large files so many are compared as can be in a moment; the others are named", () => {
  const lines = (every: number): Uint8Array =>
    Buffer.from(Array.from({ length: 125_000 }, (_, at) => (at % every === 0 ? "a" : "b")).join("\n"));
  const [before, after] = [lines(2), lines(3)];
  const files = Array.from({ length: 100 }, (_, at) => ({ path: `${at}.txt`, before, after }));
  const diffs = diffsOf(files);
  expect(diffs).toHaveLength(100);
  expect(diffs.filter(({ diff }) => !diff.startsWith("[too large"))).toHaveLength(2);
});
