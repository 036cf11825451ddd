import { describe, expect, test } from "vitest";
import { readReport } from "../../../src/core/testing/reports/read.ts";

const MIB = 1024 * 1024;
/** As much as is kept of an output. */
const OUTPUT = MIB / 2;
const filled = (pattern: string, size = OUTPUT): string => pattern.repeat(Math.ceil(size / pattern.length));

/** Far more than is needed on a slow machine, far less than anything quadratic would take. */
const LIMIT_MS = 5000;

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

describe("hostile output does not make it slow (S37)", () => {
  test.each([
    "not ok 1 - ",
    "not ok 1 - a {\n",
    "    ok 1 - a\n",
    "# Subtest: a\n",
    "● ",
    "FAIL ",
    "    ",
    "\t",
    "  1) x\n",
    "  1 failing\n",
    "✖ ",
    "▶ a\n",
    "(",
    "[",
    "{",
    '{"numTotalTests":\n',
    '{"Action":"fail","Package":"',
    '{"Time":"","Action":"fail","Test":"a"}\n',
    "test a ... ",
    "a › ",
    " > ",
    "FAILED a.py::b[",
    "--- FAIL: a\n",
    "FAIL\ta\t\n",
    "Time elapsed: 1 s ",
    "a(1,1): error a: [b",
    "  Failed a [1 ",
    "rspec ./a.rb:1 # ",
    "1 passed, ",
    "<testsuite>",
    "<testsuite name='",
    "\u001b[",
  ])("%j", (pattern) => {
    expect(timed(() => readReport(filled(pattern), []))).toBeLessThan(LIMIT_MS);
    expect(timed(() => readReport(`${filled(pattern, 1999)}\n`.repeat(250), []))).toBeLessThan(LIMIT_MS);
  });
});

describe("a hostile report is no report, and is found to be none quickly", () => {
  const suite = (inner: string): string => `<testsuite name="s">${inner}</testsuite>`;
  test.each<readonly [string, string]>([
    ["elements within elements", `<testsuite>${filled("<a>", 4 * MIB)}`],
    ["attributes without end", `<testsuite><a ${filled("a='1' ", 4 * MIB)}`],
    ["one long attribute", `<testsuite><testcase name="${filled("a ", 4 * MIB)}`],
    ["quotes", `<testsuite><a ${filled("='", 4 * MIB)}`],
    ["entities of its own", `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${suite("&b;")}`],
    ["a document type without end", `<!DOCTYPE testsuite [${filled("<!ELEMENT a>", 4 * MIB)}<testsuite`],
    ["comments that are not closed", `<testsuite>${filled("<!-- ", 4 * MIB)}`],
    ["character data that is not closed", `<testsuite>${filled("<![CDATA[ ", 4 * MIB)}`],
    ["a report cut in the middle", '<testsuite name="s"><testcase name="a"><fail'],
    ["brackets", filled("[", 4 * MIB)],
    ["objects in objects", `{"numTotalTests":${filled('{"a":', 4 * MIB)}`],
    ["bytes that are no text", `<testsuite>${filled("\u0000\uFFFD", 4 * MIB)}`],
    ["nothing", ""],
  ])("%s", (_, text) => {
    expect(timed(() => expect(readReport("", [{ path: "junit.xml", text }]).failing).toEqual([]))).toBeLessThan(
      LIMIT_MS,
    );
  });

  test("names that mean something to a program are only names, and no element may have them", () => {
    const read = (inner: string) => readReport("", [{ path: "junit.xml", text: suite(inner) }]).failing;
    expect(read('<testcase classname="__proto__" name="constructor"><failure/></testcase>')).toEqual([
      "__proto__ > constructor",
    ]);
    expect(read('<__proto__ a="1"><failure/></__proto__>')).toEqual([]);
    expect(read('<testcase name="a" __proto__="b"/>')).toEqual([]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test("a large report that is one is read quickly", () => {
    const text = suite(
      filled('<testcase classname="c" name="n"><failure message="m">text</failure></testcase>', 4 * MIB),
    );
    expect(timed(() => expect(readReport("", [{ path: "junit.xml", text }]).failing).toHaveLength(1000))).toBeLessThan(
      LIMIT_MS,
    );
  });
});
