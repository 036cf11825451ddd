import { describe, expect, test } from "vitest";
import { readReport } from "../../../src/core/testing/reports/read.ts";
import { digestTests } from "../../../src/core/testing/test-digest.ts";
import { fixture } from "../reports/fixture.ts";

const passing = (count: number): string => Array.from({ length: count }, (_, at) => `  ✓ passes ${at}\n`).join("");
/** A long run: what really was printed, after a thousand tests that pass. */
const long = (name: string): string => `starting\n${passing(1000)}${fixture(name)}`;
const digest = (output: string, changed: readonly string[] = [], maxChars = 4000): string =>
  digestTests({ output, failing: readReport(output, []).failing, changed }, maxChars);

describe("the digest of a failing run", () => {
  test.each([
    ["node-spec.txt", "- adds negative numbers", "0 !== -2", "a.test.mjs:5:44"],
    ["vitest.txt", "- broken.test.ts", "Cannot find module './missing.ts'", "broken.test.ts:1:1"],
    ["jest.txt", "- a.test.js > group > inner fails", "Expected: -2", "(a.test.js:3:57)"],
    ["mocha.txt", "- group > inner > fails", "Expected values to be loosely deep-equal", "a.js:9:26"],
    [
      "pytest.txt",
      "- test_a.py::test_negative",
      "ModuleNotFoundError: No module named 'missing_module'",
      "test_broken.py:1",
    ],
    ["unittest.txt", "- test_bad (test_a.Sums.test_bad)", "ValueError: boom", '/workspace/test_a.py", line'],
    ["go.txt", "- example.com/x/add > TestAdd", "got 0, want -2", "add_test.go:13"],
    ["cargo.txt", "- tests::negative", "right: -2", "src/lib.rs:9:29"],
    ["rspec.txt", "- spec/a_spec.rb > Sums inner fails", "expected: -2", "./spec/a_spec.rb:3"],
    ["maven.txt", "- x.SumsTest > addsNegative", "boom <b>", "SumsTest.java:9"],
  ])("%s: names, first error and its place are in it", (name, id, error, place) => {
    const text = digest(long(name));
    expect(text).toContain(id);
    expect(text).toContain(error);
    expect(text).toContain(place);
    expect(text.length).toBeLessThanOrEqual(4000);
  });

  test("frames of dependencies and of the runtime are left out, and counted", () => {
    const own = "    at total (src/invoice.js:12:3)";
    const others = Array.from({ length: 40 }, (_, at) => `    at f${at} (/workspace/node_modules/x/i.js:${at}:1)`);
    const stack = ["not ok 1 - a", "Error: boom", ...others, own, "    at node:internal/modules/run:1:1"].join("\n");
    const text = digest(`${passing(1000)}${stack}\n${passing(1000)}`);
    expect(text).toContain(
      `Error: boom\n    (frames of others left out: 40)\n${own}\n    (frames of others left out: 1)\n`,
    );
    expect(text).not.toContain("node_modules");
  });

  test("a frame of Python's goes with the source line below it", () => {
    const stack = `Traceback (most recent call last):\n  File "/usr/lib/python3/x.py", line 3, in run\n    run_it()\n    ^^^^^^\n  File "/workspace/app.py", line 9, in go\n    work()\nValueError: no\n`;
    const text = digest(`${passing(1000)}ERROR: test_a (a.B)\n${stack}${passing(1000)}`);
    expect(text).toContain(
      '(most recent call last):\n    (frames of others left out: 1)\n  File "/workspace/app.py", line 9',
    );
    expect(text).not.toContain("run_it");
  });

  test("lines elsewhere that name changed files are kept", () => {
    const output = `compiling\nwarning: src/total.ts is odd\n${passing(1000)}not ok 1 - a\n${passing(1000)}`;
    expect(digest(output, ["src/total.ts"])).toContain(
      "Other lines that name changed files:\nwarning: src/total.ts is odd\n",
    );
    expect(digest(output)).not.toContain("src/total.ts");
  });

  test("the end is in it, and the lines left out are counted", () => {
    const output = `not ok 1 - a\n${passing(1000)}the end`;
    const text = digest(output);
    expect(text).toMatch(/the end$/);
    const [, all, left] = /^\[A digest of (\d+) lines of output: (\d+) are left out\.\]\n/.exec(text) ?? [];
    expect(Number(all)).toBe(1002);
    expect(output.split("\n").filter((line) => text.includes(`${line}\n`) || text.endsWith(line))).toHaveLength(
      1002 - Number(left),
    );
  });

  test("of very many failing tests some are named, and the rest counted", () => {
    const failing = Array.from({ length: 900 }, (_, at) => `group > test number ${at}`);
    const text = digestTests({ output: passing(2000), failing, changed: [] }, 4000);
    expect(text).toContain("Failing tests (900):\n- group > test number 0\n");
    expect(text).toMatch(/\n- group > test number 28\n- and 871 more\n/);
  });
});

test("a short output stays as it is", () => {
  expect(digestTests({ output: fixture("go.txt"), failing: ["a"], changed: [] }, 8000)).toBe(fixture("go.txt"));
});

test.each(["    at a (b)\n", "\n", "x", "✖ a\n", '  File "a", line 1\n     b\n', "=", "Traceback (", "src/a.ts "])(
  "a hostile output is digested quickly, and within bounds: %j",
  (pattern) => {
    const output = pattern.repeat(1_048_576 / pattern.length);
    const changed = Array.from({ length: 100 }, (_, at) => `src/file-${at}.ts`);
    const started = performance.now();
    expect(digestTests({ output, failing: ["a"], changed }, 8000).length).toBeLessThanOrEqual(8000);
    expect(performance.now() - started).toBeLessThan(5000);
  },
);
