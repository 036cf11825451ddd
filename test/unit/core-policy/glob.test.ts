import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { coversPath, matchGlob } from "../../../src/core/change/glob.ts";

const CASES: readonly [glob: string, path: string, matches: boolean][] = [
  ["a/b.ts", "a/b.ts", true],
  ["a/b.ts", "a/b.tsx", false],
  ["*.ts", "b.ts", true],
  ["*.ts", "a/b.ts", false],
  ["*", ".env", true],
  ["a/*/c", "a/b/c", true],
  ["a/*/c", "a/b/b/c", false],
  ["a/**/c", "a/c", true],
  ["a/**/c", "a/b/b/c", true],
  ["a/**/c", "a/bc", false],
  ["**/c", "c", true],
  ["**/c", "a/b/c", true],
  ["**/c", "a/bc", false],
  ["a/**", "a/b/c", true],
  ["a/**", "a", false],
  ["**", "a/b", true],
  ["a**z", "ab/cz", true],
  ["?.ts", "a.ts", true],
  ["?.ts", "ab.ts", false],
  ["a?b", "a/b", false],
  ["{a,b}.ts", "b.ts", true],
  ["{a,b}.ts", "c.ts", false],
  ["src/{a,b/{c,d}}/*.ts", "src/b/d/x.ts", true],
  ["src/{a,b/{c,d}}/*.ts", "src/b/x.ts", false],
  ["{,x/}y", "y", true],
  ["{,x/}y", "x/y", true],
  ["{unclosed", "{unclosed", true],
  ["a.b", "axb", false],
  ["[id].ts", "[id].ts", true],
  ["a+(b)", "a+(b)", true],
];

test.each(CASES)("%s on %s is %s", (glob, path, matches) => {
  expect(matchGlob(glob, path)).toBe(matches);
});

test("a glob without wildcards matches itself and nothing else", () => {
  const plain = string().filter((text) => !/[*?{}]/.test(text));
  assert(property(plain, plain, (a, b) => matchGlob(a, b) === (a === b)));
});

test("a glob made to backtrack costs no more than its length times the path's", () => {
  const started = performance.now();
  for (const glob of ["*a".repeat(100), "**/".repeat(90) + "x", "{a,a}".repeat(60), "{*,**}".repeat(40) + "b"]) {
    expect(matchGlob(glob, `${"a".repeat(1000)}!`)).toBe(false);
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("a folder's name covers what is in it", () => {
  expect(coversPath("src/", "src/a/b.ts")).toBe(true);
  expect(coversPath("./src", "src/a.ts")).toBe(true);
  expect(coversPath("src", "srcs/a.ts")).toBe(false);
  expect(coversPath("/", "a")).toBe(false);
});
