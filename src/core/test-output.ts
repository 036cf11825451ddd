/*
 * What a test command's output says: which tests failed, and the part of it worth reading.
 * Runners are told by their lines, not by configuration; a line of one runner's form counts whoever wrote it. Names are
 * for comparing runs of the same command with each other, so what changes from run to run (times, counts) is cut off.
 */

import { printable } from "./invisible.ts";

const MAX_NAMES = 1000;
const MAX_NAME = 300;
const MAX_LINE = 2000;

/** One line that names a failing test. */
const FAILURES: readonly RegExp[] = [
  // go test: `--- FAIL: TestAdd/negative (0.00s)`; its package line has no such mark
  /^\s*--- FAIL: (\S+)/,
  // pytest's summary: `FAILED tests/test_a.py::test_b - assert 1 == 2`, `ERROR tests/test_a.py`
  /^(?:FAILED|ERROR) ([^\s:]+\.py(?:::[^[\s]+(?:\[[^\]]*\])?)?)(?: - |\s*$)/,
  // unittest: `FAIL: test_b (test_a.Case.test_b)`
  /^(?:FAIL|ERROR): (\w+ \([\w.]+\)(?: \[[^\]]*\])?(?: \([^)]*\))?)/,
  // cargo: `test tests::adds ... FAILED`
  /^test (\S+(?: - should panic)?) \.\.\. FAILED/,
  // vitest: ` FAIL  test/a.test.ts > group > name`
  /^\s*FAIL\s{1,4}(?:\|[^|]*\| )?(\S+\.\w+ > .+)$/,
  // jest: `  ● group › name`
  /^\s*● (?!Console$|Test suite failed)(.+ › .+|[^›]+)$/,
];
const TAP = /^(\s*)not ok \d+ *-? *(.*)$/;
const SPEC = /^(\s*)✖ (.+?)(?: \(\d[\d.]*ms\))?$/;
const MOCHA = /^ {2,}\d{1,4}\) (.+)$/;

/**
 * The failing tests an output names, each once, in order. Empty when the runner's form is not known.
 */
export function failingTests(output: string): string[] {
  const lines = printable(output)
    .split("\n")
    .map((line) => line.slice(0, MAX_LINE).trimEnd());
  const names = new Set<string>();
  for (const name of [...nested(lines, TAP), ...nested(lines, SPEC), ...mocha(lines)]) names.add(name);
  for (const line of lines) {
    const name = FAILURES.map((form) => form.exec(line)?.[1]).find((match) => match !== undefined);
    if (name !== undefined) names.add(name.trim().slice(0, MAX_NAME));
  }
  return [...names].filter((name) => name !== "").slice(0, MAX_NAMES);
}

/**
 * TAP and node's spec report print what a group holds before or after the group, indented deeper. A group fails when
 * something in it fails, so only the innermost lines are names.
 */
function nested(lines: readonly string[], form: RegExp): string[] {
  const found: { readonly depth: number; readonly name: string }[] = [];
  for (const line of lines) {
    if (line.startsWith("✖ failing tests:")) break;
    const match = form.exec(line);
    if (match === null || / # (?:TODO|SKIP)\b/i.test(line)) continue;
    found.push({ depth: (match[1] ?? "").length, name: (match[2] ?? "").slice(0, MAX_NAME) });
  }
  return found.flatMap(({ depth, name }, at) => ((found[at - 1]?.depth ?? 0) > depth ? [] : [name]));
}

/** Mocha numbers its failures and spreads a test's path over indented lines that end with a colon. */
function mocha(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^\s+\d+ failing$/.test(line));
  const names: string[] = [];
  if (start === -1) return names;
  for (let at = start + 1; at < lines.length; at++) {
    const parts = [MOCHA.exec(lines[at] ?? "")?.[1] ?? ""];
    if (parts[0] === "") continue;
    while (parts.at(-1)?.endsWith(":") === false && parts.length < 10 && (lines[at + 1] ?? "").trim() !== "")
      parts.push((lines[++at] ?? "").trim());
    names.push(parts.join(" › ").replace(/:$/, "").slice(0, MAX_NAME));
  }
  return names;
}

const FAILURE_STARTS =
  /^(?:=+ (?:FAILURES|ERRORS) =+|\s*not ok \d|\s*✖ |\s*--- FAIL|(?:FAIL|ERROR): |failures:|\s+\d+ failing|\s*● |\s*FAIL\s|-{3,} .* stdout -{3,}|Traceback \(|.*\b(?:error|panic|fatal)(?:\[\w+\])?:)/i;
const HEAD_SHARE = 0.15;
const FAILURE_SHARE = 0.5;

/** The beginning, the first failure and the end of an output, in at most `maxChars` characters, cuts marked with their size. */
export function digestOutput(output: string, maxChars: number): string {
  if (output.length <= maxChars) return output;
  const room = Math.max(0, maxChars - 100);
  const head = Math.floor(room * HEAD_SHARE);
  const failure = Math.floor(room * FAILURE_SHARE);
  const tail = output.length - (room - head - failure);
  const start = Math.max(head, Math.min(firstFailure(output), tail - failure));
  const parts = [
    output.slice(0, head),
    cut(start - head),
    output.slice(start, start + failure),
    cut(tail - start - failure),
    output.slice(tail),
  ];
  return parts.join("").slice(0, maxChars);
}

const cut = (characters: number): string => (characters > 0 ? `\n… ${characters} characters left out …\n` : "");

function firstFailure(output: string): number {
  let at = 0;
  for (const line of output.split("\n")) {
    if (FAILURE_STARTS.test(line.slice(0, MAX_LINE))) return at;
    at += line.length + 1;
  }
  return 0;
}
