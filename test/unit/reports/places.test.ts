import { expect, test } from "vitest";
import { isReportPath } from "../../../src/core/testing/reports/report-files.ts";

test.each([
  "target/surefire-reports/TEST-x.SumsTest.xml",
  "web/core/target/failsafe-reports/TEST-x.IT.xml",
  "build/test-results/test/TEST-x.SumsTest.xml",
  "app/build/test-results/testDebugUnitTest/TEST-a.xml",
  "Sums.Tests/TestResults/run.trx",
  ".vitest/junit/output.xml",
  "junit.xml",
  "packages/a/junit.xml",
  "reports/junit.xml",
  "test-results.xml",
  "jest-results.json",
  "test-results/unit/a.xml",
])("%s is where a runner leaves its report", (path) => {
  expect(isReportPath(path)).toBe(true);
});

test.each([
  "pom.xml",
  "package.json",
  "target/surefire-reports/junitreports/TEST-x.xml",
  "target/surefire-reports/x.SumsTest.txt",
  "src/report.ts",
  "build/reports/a.xml",
  "my-test-results.xml.bak",
  "coverage/coverage-final.json",
])("%s is not", (path) => {
  expect(isReportPath(path)).toBe(false);
});

test("a long path is judged quickly", () => {
  const started = performance.now();
  for (const path of ["build/test-results/", "a/", "target/surefire-reports/TEST-", "junit"])
    isReportPath(path.repeat(4096 / path.length));
  expect(performance.now() - started).toBeLessThan(1000);
});
