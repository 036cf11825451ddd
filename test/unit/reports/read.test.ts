import { describe, expect, test } from "vitest";
import { readReport } from "../../../src/core/testing/reports/read.ts";
import { fixture } from "./fixture.ts";

const junit = (...cases: readonly string[]): string => `<testsuite name="s">${cases.join("")}</testsuite>`;
const failed = (name: string, classname = "c"): string =>
  `<testcase classname="${classname}" name="${name}"><failure/></testcase>`;
const file = (text: string, path = "junit.xml") => ({ path, text });

describe("output and reports together", () => {
  test("a test that a report names is not named again in the words of the output", () => {
    const reading = readReport(fixture("vitest.txt"), [file(fixture("vitest-junit.xml"))]);
    expect(reading.failing).toEqual(reading.certain);
    expect(reading).toMatchObject({ passed: 2, skipped: 2, format: "junit + vitest" });
  });

  test("a failure that only the output names is kept beside those of the reports", () => {
    const { failing, certain } = readReport(fixture("jest.txt"), [file(fixture("jest-junit.xml"))]);
    expect(certain).toEqual(["adds negative numbers", "group inner fails"]);
    expect(failing).toContain("broken.test.js");
  });

  test("several reports are one reading, and each test in them is named once", () => {
    const reading = readReport("", [file(junit(failed("a"))), file(junit(failed("a"), failed("b")), "b/junit.xml")]);
    expect(reading).toMatchObject({ failing: ["c > a", "c > b"], passed: 0 });
  });

  test.each([
    ["JSON after the words of npm", `\n> x@1.0.0 test\n> jest --json\n\n${fixture("jest.json")}`, 3],
    ["a JSON document over many lines", `starting\n${fixture("mocha.json")}\n`, 3],
    ["XML after other lines", `starting\n${fixture("mocha-xunit.xml")}done\n`, 3],
    ["TAP after the words of npm", `\n> x@1.0.0 test\n> node --test\n\n${fixture("node-tap.txt")}`, 2],
  ])("%s is a report too", (_, output, count) => {
    expect(readReport(output, []).certain).toHaveLength(count);
  });

  test("lines for people are never certain, and TAP that does not begin the output is only lines", () => {
    expect(readReport(fixture("pytest.txt"), []).certain).toEqual([]);
    const quoted = readReport(`checking the reader\n${fixture("node-tap.txt")}`, []);
    expect(quoted.certain).toEqual([]);
    expect(quoted.failing).toHaveLength(2);
  });
});

describe("ids", () => {
  test("are the same from run to run: durations and the workspace's place are no part of them", () => {
    const one = "not ok 1 - file:///workspace/test/a.js waits (12.5ms) # time=12ms\n1..1\n";
    const other = "not ok 3 - test/a.js waits (7ms) # time=3.01ms\n1..3\n";
    expect(readReport(one, []).failing).toEqual(["test/a.js waits"]);
    expect(readReport(other, []).failing).toEqual(readReport(one, []).failing);
  });

  test("two failing tests of one name are two", () => {
    expect(readReport("not ok 1 - a\nnot ok 2 - a\nok 3 - a\n", []).failing).toEqual(["a", "a (2)"]);
    expect(readReport("", [file(junit(failed("a"), failed("a")))]).failing).toEqual(["c > a", "c > a (2)"]);
  });

  test("are at most 1000, of at most 300 characters", () => {
    const many = Array.from({ length: 1500 }, (_, at) => `not ok ${at} - test ${at}`).join("\n");
    expect(readReport(many, []).failing).toHaveLength(1000);
    expect(readReport(`not ok 1 - ${"x".repeat(5000)}`, []).failing[0]).toHaveLength(300);
    expect(readReport("", [file(junit(failed("x".repeat(100_000))))]).failing[0]?.length).toBeLessThanOrEqual(300);
  });

  test("hold no control characters and are on one line", () => {
    const name = "a&#10;b\u001b[31mc&#7;d";
    expect(readReport("", [file(junit(failed(name)))]).failing).toEqual(["c > a bcd"]);
  });
});

describe("groups", () => {
  test("a group that fails by itself is named, one that fails by its members is not", () => {
    const output =
      "# Subtest: outer\n    # Subtest: inner\n        not ok 1 - t\n    not ok 1 - inner\n    not ok 2 - hook\nnot ok 1 - outer\nnot ok 2 - alone\n";
    expect(readReport(output, []).failing).toEqual(["outer > inner > t", "outer > hook", "alone"]);
  });

  test("what a failing test printed is not read as results", () => {
    const output = "TAP version 13\nnot ok 1 - a\n  ---\n  error: |-\n    not ok 7 - no test\n  ...\n1..1\n";
    expect(readReport(output, []).failing).toEqual(["a"]);
  });
});

test.each([
  ["nothing", ""],
  ["words", "all good\nERROR: something\nFAILED (failures=1)\nerror: no\n"],
  ["a linter's summary", "✖ 3 problems (3 errors, 0 warnings)\n"],
  ["JSON of something else", '{"numTotalTests": 1, "failures": {}}\n{"stats": 3}'],
])("%s names no test", (_, output) => {
  expect(readReport(output, [])).toEqual({ failing: [], certain: [], passed: null, skipped: null, format: "" });
});
