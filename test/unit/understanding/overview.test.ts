import { expect, test } from "vitest";
import { overviewOf } from "../../../src/core/understanding/overview.ts";

test("folders with their size, files, and endings by number", () => {
  const paths = ["src/a.ts", "src/b/c.ts", "README.md", ".github/x.yml", "Makefile", "test/a.test.ts"];
  expect(overviewOf(paths)).toEqual({
    files: 6,
    top: ["src/ (2)", ".github/ (1)", "test/ (1)", "Makefile", "README.md"],
    languages: [".ts (3)", ".md (1)", ".yml (1)"],
  });
});

test("it stays small whatever a repository holds, and says what it left out", () => {
  const paths = Array.from({ length: 50_000 }, (_, number) => `${"x".repeat(300)}${number}/file.e${number % 500}`);
  const overview = overviewOf(paths);
  expect(JSON.stringify(overview).length).toBeLessThan(8_000);
  expect(overview.top.at(-1)).toBe("… 49940 more");
  expect(overview.languages).toHaveLength(8);
});

test("the order of the paths does not matter", () => {
  const paths = ["b/1.go", "a/1.py", "c", "a/2.py"];
  expect(overviewOf(paths.toReversed())).toEqual(overviewOf(paths));
});
