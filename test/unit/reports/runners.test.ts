import { describe, expect, test } from "vitest";
import { readReport } from "../../../src/core/testing/reports/read.ts";
import { fixture } from "./fixture.ts";

const read = (name: string) =>
  /\.(?:xml|json)$/.test(name) ? readReport("", [{ path: name, text: fixture(name) }]) : readReport(fixture(name), []);

const NODE = ["adds negative numbers", 'group <b> & "quotes" > inner fails'];
const VITEST = ["a.test.ts > adds negative numbers", "a.test.ts > group <b> > inner fails", "broken.test.ts"];
const JEST = ["a.test.js > adds negative numbers", "a.test.js > group > inner fails", "broken.test.js"];
const PYTEST = [
  "test_a.py::test_negative",
  "test_a.py::test_param[2]",
  "test_a.py::test_param[a b - c]",
  "test_a.py::TestGroup::test_raises",
  "test_a.py::test_uses",
  "test_broken.py",
];
const UNITTEST = [
  "test_bad (test_a.Sums.test_bad)",
  "test_broken (unittest.loader._FailedTest.test_broken)",
  "test_doc (test_a.Sums.test_doc)",
  "test_error (test_a.Sums.test_error)",
  "test_sub (test_a.Sums.test_sub) (i=2)",
];
const GO = [
  "example.com/x/add > TestAdd",
  "example.com/x/add > TestAdd/negative_numbers",
  "example.com/x/boom > TestPanics",
  "example.com/x/broken [build failed]",
];
const RSPEC = [
  "spec/a_spec.rb > Sums adds negative numbers",
  "spec/a_spec.rb > Sums inner fails",
  "spec/a_spec.rb > Sums inner is expected to eq 2",
];
const SUREFIRE = [
  "x.SumsTest > addsNegative",
  "x.SumsTest > each(int)[2]",
  "x.SumsTest > raises",
  "x.SumsTest$Inner > fails",
];

/** What an output says is told in one table: failing ids (sorted), passed, skipped. */
type Row = readonly [string, readonly string[], number | null, number | null];

describe("what a runner said is read from its own output and reports, and the same in each of its forms", () => {
  test.each<Row>([
    ["node-spec.txt", NODE, 2, 2],
    ["node-tap.txt", NODE, 2, 2],
    ["vitest.txt", VITEST, 2, 2],
    ["vitest.json", VITEST, 2, 2],
    ["vitest-junit.xml", VITEST, 2, 2],
    ["vitest-tap.txt", VITEST, 2, 2],
    ["vitest-tap-flat.txt", VITEST, 2, 2],
    ["jest.txt", JEST, 2, 2],
    ["jest.json", JEST, 2, 2],
    // It names neither the file nor the suite that could not be loaded, and takes `todo` for passed.
    ["jest-junit.xml", ["adds negative numbers", "group inner fails"], 3, 1],
    ["mocha.txt", ["alone", "group > adds negative numbers", "group > inner > fails"], 1, 1],
    ["mocha.json", ["alone", "group adds negative numbers", "group inner fails"], 1, 1],
    ["mocha-tap.txt", ["alone", "group adds negative numbers", "group inner fails"], 1, 1],
    ["mocha-xunit.xml", ["a.js > alone", "a.js > group > adds negative numbers", "a.js > group inner > fails"], 1, 1],
    ["pytest.txt", PYTEST, 2, 2],
    ["pytest-verbose.txt", PYTEST, 2, 2],
    ["unittest.txt", UNITTEST, 1, 1],
    ["unittest-verbose.txt", UNITTEST, 1, 1],
    ["go.txt", GO, null, null],
    ["go-verbose.txt", GO, 2, 1],
    ["go-json.txt", GO, 2, 1],
    ["cargo.txt", ["src/lib.rs - add", "tests::calm - should panic", "tests::negative"], 1, 1],
    ["cargo-not-built.txt", ["could not compile sums lib", "could not compile sums lib test"], null, null],
    ["rspec.txt", RSPEC, 1, 2],
    ["rspec.json", RSPEC, 1, 2],
    ["maven.txt", SUREFIRE, 2, 1],
    ["surefire.xml", SUREFIRE, 2, 1],
    ["maven-not-built.txt", ["could not compile sums"], null, null],
  ])("%s", (name, failing, passed, skipped) => {
    const reading = read(name);
    expect(reading.failing.toSorted()).toEqual(failing.toSorted());
    expect([reading.passed, reading.skipped]).toEqual([passed, skipped]);
    expect(reading.format).not.toBe("");
  });

  test("node's JUnit report names the file, and escapes quotation marks twice by itself", () => {
    expect(read("node-junit.xml")).toMatchObject({
      failing: ["a.test.mjs > adds negative numbers", "a.test.mjs > group <b> & &quot;quotes&quot; > inner fails"],
      passed: 2,
      skipped: 2,
    });
  });

  test("pytest's JUnit report names classes, not files", () => {
    expect(read("pytest-junit.xml")).toMatchObject({
      failing: [
        "test_broken",
        "test_a > test_negative",
        "test_a > test_param[2]",
        "test_a > test_param[a b - c]",
        "test_a.TestGroup > test_raises",
        "test_a > test_uses",
      ],
      passed: 2,
      skipped: 2,
    });
  });
});
