import { linesOf, namesIn } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

/** Surefire's line of a failing test: `[ERROR] x.SumsTest.adds -- Time elapsed: 0.01 s <<< FAILURE!`, older: `[ERROR] adds(x.SumsTest)  Time elapsed…` */
const SUREFIRE = /^(?:\[ERROR\] )?(\S[^<]{0,300}?) (?:-- | )Time elapsed: \S+ s(?:ec)? +<<< (?:FAILURE|ERROR)!$/;
const OLD_FORM = /^([^\s(]+)\(([\w.$]+)\)$/;
const TOTAL = /^(?:\[\w+\] )?Tests run: (\d{1,9}), Failures: (\d{1,9}), Errors: (\d{1,9}), Skipped: (\d{1,9})$/;
const NOT_BUILT = /^\[ERROR\] COMPILATION ERROR :/;
const MODULE = /^\[ERROR\] Failed to execute goal \S+ \([\w-]+\) on project (\S+?):/;

/** Maven's report for people. A module that does not build is named by itself. */
export function readMaven(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = [...namesIn(lines, SUREFIRE)]
    .filter((name) => !name.startsWith("Tests run:"))
    .map((name) => name.replace(OLD_FORM, "$2.$1"))
    .map((name) => testId(...splitClass(name)));
  if (lines.some((line) => NOT_BUILT.test(line)))
    for (const module of namesIn(lines, MODULE)) failing.push(testId(`could not compile ${module}`));
  const totals = lines.map((line) => TOTAL.exec(line)).filter((match) => match !== null);
  if (totals.length === 0) return outcomeOf("maven", failing);
  const sum = (at: number): number => totals.reduce((total, match) => total + Number(match[at]), 0);
  return outcomeOf("maven", failing, { passed: Math.max(0, sum(1) - sum(2) - sum(3) - sum(4)), skipped: sum(4) });
}

/** `x.SumsTest.adds` as surefire's XML has it: class, then method. */
function splitClass(name: string): string[] {
  const method = /^([\w.$]+)\.([^.]+)$/.exec(name);
  return method === null ? [name] : [method[1] ?? "", method[2] ?? ""];
}

const GRADLE_TEST = /^(\S[^>]{0,200}(?: > [^>]{1,200}){1,8}) FAILED$/;
const GRADLE_TASK = /^> Task (:\S+) FAILED$/;
const GRADLE_COUNTS = /^(\d{1,9}) tests? completed(?:, (\d{1,9}) failed)?(?:, (\d{1,9}) skipped)?$/;

/** Gradle's report for people: tests as `Class > method() FAILED` (its XML has the brackets too), else the compile task that failed. It counts only when something fails. */
export function readGradle(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = [...namesIn(lines, GRADLE_TEST)].filter((name) => !name.startsWith("> ")).map((name) => testId(name));
  const tasks = [...namesIn(lines, GRADLE_TASK)].filter((task) => /:compile\w*$/.test(task));
  for (const task of tasks) failing.push(testId(`task ${task}`));
  const counts = lines.map((line) => GRADLE_COUNTS.exec(line)).filter((match) => match !== null);
  if (counts.length === 0) return outcomeOf("gradle", failing);
  const sum = (at: number): number => counts.reduce((total, match) => total + Number(match[at] ?? 0), 0);
  return outcomeOf("gradle", failing, { passed: Math.max(0, sum(1) - sum(2) - sum(3)), skipped: sum(3) });
}
