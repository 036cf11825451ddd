import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DIFF_BOUNDS, type DiffedFile, diffsOf, linesAfter } from "../../../src/core/text/diff-text.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const file = (before: string | null, after: string | null, path = "src/a.js"): DiffedFile => ({
  path,
  before: before === null ? null : bytes(before),
  after: after === null ? null : bytes(after),
});
const diffOf = (one: DiffedFile): string => diffsOf([one])[0]?.diff ?? "";

test("a changed line is shown with its surroundings and its place", () => {
  expect(diffOf(file("a\nb\nc\n", "a\nB\nc\n"))).toBe("@@ -1,3 +1,3 @@\n a\n-b\n+B\n c");
});

test("a file that is new, gone or only missing its last line end is told apart", () => {
  expect(diffsOf([file(null, "x\n")])).toMatchObject([{ status: "added", diff: "@@ -0,0 +1,1 @@\n+x" }]);
  expect(diffsOf([file("x\n", null)])).toMatchObject([{ status: "deleted", diff: "@@ -1,1 +0,0 @@\n-x" }]);
  expect(diffOf(file("x\n", "x"))).toContain("\\ No newline at end of file");
  expect(diffOf(file("x\n", "x\n"))).toBe("[same text]");
});

test("a mark at the very start of a file is a difference", () => {
  expect(diffOf(file("x\n", "\uFEFFx\n"))).toContain("+\uFEFFx");
});

test("bytes that are no text are said to be binary, not shown", () => {
  expect(diffOf({ path: "a.png", before: null, after: Uint8Array.of(137, 80, 0, 1) })).toBe("[binary, 4 bytes]");
  expect(diffOf({ path: "a.txt", before: bytes("x"), after: Uint8Array.of(0xff, 0xfe, 65) })).toBe("[binary, 3 bytes]");
});

test("a file that was rewritten throughout is not searched for what is left of it", () => {
  const lines = (word: string): string => Array.from({ length: 5_000 }, (_, at) => `${word} ${at}`).join("\n");
  expect(diffOf(file(lines("old"), lines("new")))).toBe("[rewritten: 5000 lines became 5000; read the file]");
});

test("a large file is named and not compared", () => {
  expect(diffOf(file("x\n".repeat(400_000), "y\n".repeat(400_000)))).toContain("too large to be compared");
});

test("one long diff is cut with an honest word, and so are all of them together", () => {
  const long = "some words on a line\n".repeat(4_000);
  const [first] = diffsOf([file(null, long)]);
  expect(first?.diff).toMatch(/\[… \d+ more lines of this diff; read the file\]$/);
  const many = diffsOf(Array.from({ length: 100 }, (_, at) => file(null, long, `src/${at}.js`)));
  expect(many).toHaveLength(100);
  expect(many.at(-1)?.diff).toBe("[no room left here; read the file]");
  const all = many.reduce((sum, { diff }) => sum + diff.length, 0);
  expect(all).toBeLessThan(DIFF_BOUNDS.all + 100 * 100);
});

test("a line without an end is cut", () => {
  expect(diffOf(file(null, "x".repeat(300_000))).length).toBeLessThan(3_000);
});

test("the lines of a file are those that a reader counts", () => {
  const files = [file(null, "a\nb\n", "two"), file(null, "a\nb", "also-two"), file("a", null, "gone")];
  expect(linesAfter(files)).toEqual(
    new Map([
      ["two", 2],
      ["also-two", 2],
    ]),
  );
});

test("whatever the bytes are, every file is named once, nothing throws, and the added lines of a shown diff are in the file", () => {
  const text = fc.array(fc.constantFrom("a", "b", "", "@@ -1 +1 @@", "--- a", "+x", "-y", "\\ No newline", "é\u2028"), {
    maxLength: 30,
  });
  const content = fc.option(
    fc.oneof(
      text.map((lines) => bytes(lines.join("\n"))),
      fc.uint8Array({ maxLength: 60 }),
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(content, content), { maxLength: 6 }), (pairs) => {
      const files = pairs.map(([before, after], at) => ({ path: `f${at}`, before, after }));
      const diffs = diffsOf(files);
      expect(diffs.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
      for (const [at, { diff }] of diffs.entries()) {
        if (!diff.startsWith("@@")) continue;
        const now = Buffer.from(files[at]?.after ?? [])
          .toString()
          .split("\n");
        const added = diff.split("\n").filter((line) => line.startsWith("+"));
        for (const line of added) expect(now).toContain(line.slice(1));
      }
    }),
  );
});
