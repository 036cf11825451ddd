import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verdictOf } from "../../src/core/testing/evidence.ts";
import { runTests } from "../../src/run/testing/test-run.ts";
import { sandboxBench, type Fixture, type SandboxBench } from "../support/docker.ts";

/* Reports of a test command over the real sandbox: the command writes them, the worker tells the new ones from the old. */

const surefire = readFileSync(new URL("../../fixtures/test-output/surefire.xml", import.meta.url), "utf8");
const failing = (name: string): string =>
  `<testsuite name="s"><testcase classname="c" name="${name}"><failure/></testcase><testcase classname="c" name="ok"/></testsuite>`;
const signal = new AbortController().signal;

let bench: SandboxBench;
beforeAll(async () => {
  bench = await sandboxBench();
});
afterAll(async () => {
  await bench.clean();
});

async function run(command: string, files: Readonly<Record<string, Fixture>> = {}, changed: readonly string[] = []) {
  const open = await bench.sandbox.open(bench.spec(await bench.tree({ "README.md": "x\n", ...files })), signal);
  try {
    return await runTests(open, { command, minutes: 1, phase: "attempt", attempt: 1, changed, signal });
  } finally {
    await open.close();
  }
}

test("node's own reports: on the screen and in a file, each failing test is named once", async () => {
  const files = {
    "package.json": '{"type":"module"}\n',
    "a.test.js":
      'import test from "node:test";\ntest("good", () => {});\ntest("bad", () => { throw new Error("boom"); });\n',
  };
  const reporters = "--test-reporter=junit --test-reporter-destination=test-results/junit.xml";
  const command = `mkdir test-results && node --test --test-reporter=spec --test-reporter-destination=stdout ${reporters}`;
  expect(await run(command, files)).toMatchObject({
    exitCode: 1,
    failing: ["a.test.js > bad"],
    passed: 1,
    format: "junit + node",
  });
});

test("a report that was there before is not of this run, a rewritten one is", async () => {
  const old = {
    "target/surefire-reports/TEST-a.xml": failing("old"),
    "junit.xml": failing("old"),
    "new.xml": failing("new"),
  };
  expect(await run("exit 1", old)).toMatchObject({ failing: [], passed: null });
  expect(await run("cp new.xml junit.xml; touch -d 2001-01-01 junit.xml; exit 1", old)).toMatchObject({
    failing: ["c > new"],
    passed: 1,
  });
  expect(
    await run("mkdir -p a/build/test-results/test; cp new.xml a/build/test-results/test/TEST-a.xml; exit 1", old),
  ).toMatchObject({ failing: ["c > new"] });
});

test("Maven's reports are found in every module, and those of dependencies are not", async () => {
  const command = [
    "mkdir -p web/target/surefire-reports node_modules/x/target/surefire-reports",
    "cp surefire.xml web/target/surefire-reports/TEST-x.SumsTest.xml",
    "cp other.xml node_modules/x/target/surefire-reports/TEST-x.xml",
    "exit 1",
  ].join("\n");
  const report = await run(command, { "surefire.xml": surefire, "other.xml": failing("other") });
  expect(report.failing).toEqual([
    "x.SumsTest > raises",
    "x.SumsTest > each(int)[2]",
    "x.SumsTest > addsNegative",
    "x.SumsTest$Inner > fails",
  ]);
  expect(report).toMatchObject({ passed: 2, format: "junit" });
});

test("exit code 0 with a report of a failure is no success; with lines about one it is", async () => {
  const files = { "new.xml": failing("a") };
  const hidden = await run("cp new.xml junit.xml; exit 0", files);
  expect(hidden).toMatchObject({ exitCode: 0, failing: ["c > a"] });
  expect(verdictOf(hidden, null, [])).toBe("failed");
  const words = await run("echo 'FAILED a.py::b - no'; echo '1 failed in 0.1s'");
  expect(words).toMatchObject({ exitCode: 0, failing: [] });
  expect(verdictOf(words, null, [])).toBe("passed");
});

test("what is no regular file, too large or no report does no harm; a report that was not read is not taken for a success", async () => {
  const command = [
    "mkdir -p test-results/deep; mkfifo test-results/a.xml; ln -s /etc/passwd test-results/b.xml; ln -s / test-results/all",
    "printf '<testsuite' > test-results/c.xml; head -c 1000 /dev/urandom > test-results/d.json",
    String.raw`printf 'x' > $'test-results/deep/new\nline.xml'`,
  ].join("\n");
  expect(await run(`${command}\nexit 1`)).toMatchObject({ exitCode: 1, failing: [], passed: null });
  expect((await run("head -c 5000000 /dev/zero > junit.xml; exit 1")).failing).toHaveLength(1);
});

test("a long output is digested: the failing tests, and lines that name what the run changed", async () => {
  const command = "echo 'warning: src/total.js is odd'; seq 1 5000; echo 'not ok 1 - adds'; seq 1 5000; exit 1";
  const report = await run(command, {}, ["src/total.js"]);
  expect(report.failing).toEqual(["adds"]);
  expect(report.output).toContain("Failing tests (1):\n- adds\n");
  expect(report.output).toContain("warning: src/total.js is odd");
  expect(report.output.length).toBeLessThanOrEqual(8000);
});
