import { countOf, listOf, recordOf, reportsIn, textOf } from "./json.ts";
import { linesOf, namesIn, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";

/** A spec's name without its line, which moves with every change above it. */
const nameOf = (path: string, description: string): string => testId(path.replace(/^\.\//, ""), description);

/** RSpec's JSON. */
export function readRspecJson(text: string): Outcome | null {
  const report = reportsIn(text, '"summary_line"').find((candidate) => Array.isArray(candidate["examples"]));
  if (report === undefined) return null;
  const examples = listOf(report["examples"]).map(recordOf);
  const failing = examples
    .filter((example) => example["status"] === "failed")
    .map((example) => nameOf(textOf(example["file_path"]), textOf(example["full_description"])));
  const summary = recordOf(report["summary"]);
  return outcomeOf("rspec-json", numbered(failing), {
    passed: examples.filter((example) => example["status"] === "passed").length,
    skipped: countOf(summary["pending_count"]),
  });
}

const FAILED = /^rspec '?(\.?[^\s:'[]+)(?::\d+|\[[\d:]+\])?'? # (.+)$/;
const OUTSIDE = /^An error occurred while loading (\S+?)\.?$/;
const EXAMPLES =
  /^(\d{1,9}) examples?, (\d{1,9}) failures?(?:, (\d{1,9}) pending)?(?:, \d+ errors? occurred outside of examples)?$/;

/** RSpec's list of failed examples; files that could not be loaded are named by their path. */
export function readRspec(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = lines.flatMap((line) => {
    const [, path, description] = FAILED.exec(line) ?? [];
    return path === undefined || description === undefined ? [] : [nameOf(path, description)];
  });
  const broken = [...namesIn(lines, OUTSIDE)].map((path) => testId(path.replace(/^\.\//, "")));
  const summary = lines.map((line) => EXAMPLES.exec(line)).findLast((match) => match !== null);
  if (summary === undefined || summary === null) return outcomeOf("rspec", numbered([...broken, ...failing]));
  const [examples = 0, failures = 0, pending = 0] = summary.slice(1).map((count) => Number(count ?? 0));
  return outcomeOf("rspec", numbered([...broken, ...failing]), {
    passed: Math.max(0, examples - failures - pending),
    skipped: sumOf(lines, /^\d{1,9} examples?, \d{1,9} failures?, (\d{1,9}) pending/) ?? 0,
  });
}
