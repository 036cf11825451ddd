import { expect, test } from "vitest";
import { readReport } from "../../../src/core/testing/reports/read.ts";

/* Runners that could not be run where these tests were written: after their documentation and their sources. */

const GRADLE = `> Task :compileJava UP-TO-DATE
> Task :test FAILED

SumsTest > adds() PASSED

SumsTest > addsNegative() FAILED
    org.opentest4j.AssertionFailedError at SumsTest.java:8

SumsTest > Inner > fails() FAILED
    java.lang.AssertionError at SumsTest.java:12

4 tests completed, 2 failed, 1 skipped

FAILURE: Build failed with an exception.
`;

const DOTNET = `  Determining projects to restore...
  Failed Sums.Tests.AddsNegative [3 ms]
  Error Message:
   Assert.Equal() Failure: Values differ
  Failed Sums.Tests.Each(n: 2) [< 1 ms]

Failed!  - Failed:     2, Passed:     3, Skipped:     1, Total:     6, Duration: 9 ms - Sums.Tests.dll (net8.0)
`;

const TRX = `<?xml version="1.0" encoding="utf-8"?>
<TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
  <Results>
    <UnitTestResult testName="Sums.Tests.Adds" outcome="Passed" duration="00:00:00.0010000" />
    <UnitTestResult testName="Sums.Tests.Each(n: &quot;a&quot;)" outcome="Failed"><Output><ErrorInfo><Message>no</Message></ErrorInfo></Output></UnitTestResult>
    <UnitTestResult testName="Sums.Tests.Later" outcome="NotExecuted" />
  </Results>
</TestRun>`;

test("gradle", () => {
  expect(readReport(GRADLE, [])).toMatchObject({
    failing: ["SumsTest > addsNegative()", "SumsTest > Inner > fails()"],
    passed: 1,
    skipped: 1,
    format: "gradle",
  });
  expect(readReport("> Task :app:compileTestKotlin FAILED\n", []).failing).toEqual(["task :app:compileTestKotlin"]);
});

test("dotnet", () => {
  expect(readReport(DOTNET, [])).toMatchObject({
    failing: ["Sums.Tests.AddsNegative", "Sums.Tests.Each(n: 2)"],
    passed: 3,
    skipped: 1,
    format: "dotnet",
  });
  expect(readReport("failed Sums.Tests.Adds (1s 12ms)\n", []).failing).toEqual(["Sums.Tests.Adds"]);
  const error = "/workspace/src/Sums.cs(3,5): error CS1002: ; expected [/workspace/src/Sums.csproj]";
  expect(readReport(error, []).failing).toEqual(["could not compile src/Sums.csproj"]);
});

test("Visual Studio's TRX", () => {
  expect(readReport("", [{ path: "a.trx", text: TRX }])).toEqual({
    failing: ['Sums.Tests.Each(n: "a")'],
    certain: ['Sums.Tests.Each(n: "a")'],
    passed: 1,
    skipped: 1,
    format: "trx",
  });
});

test("jest in a workspace of several projects repeats its failures at the end: each counts once", () => {
  const part = "FAIL web test/a.test.js (5.1 s)\n  ● sums › fails\n\n    boom\n\n  ● Console\n\n";
  const output = `${part}Summary of all failing tests\n${part}Tests:       1 failed, 1 total\n`;
  expect(readReport(output, [])).toMatchObject({ failing: ["test/a.test.js > sums > fails"], passed: 0 });
});

test("vitest names the project of a workspace between bars", () => {
  expect(readReport(" FAIL  |web| src/a.test.ts > adds\n", []).failing).toEqual(["src/a.test.ts > adds"]);
});

test("an RSpec file that cannot be loaded is named", () => {
  const output =
    "An error occurred while loading ./spec/b_spec.rb.\nFailure/Error: nope\n0 examples, 0 failures, 1 error occurred outside of examples\n";
  expect(readReport(output, [])).toMatchObject({ failing: ["spec/b_spec.rb"], passed: 0 });
});
