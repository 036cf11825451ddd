/*
 * What a test command said, in its output and in the reports it wrote for programs.
 *
 * 1. A failing test that any report or any line names is in `failing`, unless a report for programs names the same test already:
 *    one left out could make a failing change look accepted.
 * 2. `certain` are those that a report for programs names. A command that ends with exit code 0 is believed against lines of its
 *    output, which any test may print, but not against these.
 * 3. Nothing that is read makes this throw or take long: sizes are bounded by the caller, the readers are linear in them.
 */

import { FOR_PEOPLE } from "./for-people.ts";
import { FOR_PROGRAMS } from "./for-programs.ts";
import { linesOf } from "./lines.ts";
import { readNodeSpec } from "./node-spec.ts";
import { MAX_IDS, type Outcome, type Reader } from "./outcome.ts";
import { readRspec } from "./rspec.ts";
import { isTap, readTap } from "./tap.ts";
import { leafOf } from "./test-id.ts";

export interface ReportFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly text: string;
}

export interface TestReading {
  /** Ids of failing tests, each once, at most `MAX_IDS`; the same from run to run. */
  readonly failing: readonly string[];
  /** Those of them that a report for programs names. */
  readonly certain: readonly string[];
  readonly passed: number | null;
  readonly skipped: number | null;
  /** Names of the formats that were found, joined by ` + `; empty when none was. */
  readonly format: string;
}

const PRINTED: readonly Reader[] = [readTap, readNodeSpec, readRspec, ...FOR_PEOPLE];

const outcomes = (readers: readonly Reader[], text: string): Outcome[] => readers.flatMap((read) => read(text) ?? []);

/** What the output is for programs: JSON or XML wherever it stands in it, TAP when the output says that it is TAP. */
function printedForPrograms(output: string): Outcome[] {
  const start = output.startsWith("<") ? 0 : output.search(/^<(?:\?xml|testsuites?|TestRun)[ >]/m);
  const found = outcomes(FOR_PROGRAMS, output);
  if (start > 0) found.push(...outcomes(FOR_PROGRAMS.slice(0, 2), output.slice(start, output.lastIndexOf(">") + 1)));
  if (found.length > 0 || !isTap(linesOf(output.slice(0, 10_000)))) return found;
  return outcomes([readTap], output);
}

function total(found: readonly Outcome[], of: (outcome: Outcome) => number | null): number | null {
  const counts = found.map(of).filter((count) => count !== null);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** What one report file says. The largest takes long enough that a worker should do other things before the next. */
export const readFile = ({ text }: ReportFile): readonly Outcome[] => outcomes(FOR_PROGRAMS, text);

export const readReport = (output: string, files: readonly ReportFile[]): TestReading =>
  readRun(output, files.flatMap(readFile));

/** `written` is what the report files say, in their order. */
export function readRun(output: string, written: readonly Outcome[]): TestReading {
  const machine = written.length > 0 ? written : printedForPrograms(output);
  const certain = [...new Set(machine.flatMap(({ failing }) => failing))].slice(0, MAX_IDS);
  const printed = outcomes(PRINTED, output);
  const known = new Set(certain.map(leafOf));
  const more = printed.flatMap(({ failing }) => failing).filter((id) => !known.has(leafOf(id)));
  const counted = machine.length > 0 ? machine : printed;
  return {
    failing: [...new Set([...certain, ...more])].slice(0, MAX_IDS),
    certain,
    passed: total(counted, ({ passed }) => passed),
    skipped: total(counted, ({ skipped }) => skipped),
    format: [...new Set([...machine, ...printed].map(({ format }) => format))].join(" + "),
  };
}
