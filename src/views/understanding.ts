import type { Exploration } from "../core/understanding/exploration.ts";
import type { Routing } from "../core/understanding/routing.ts";
import type { RunState } from "../core/state.ts";

/*
 * What was understood of an issue before it was planned, as plain text for a terminal. Whoever prints it takes out what a terminal would
 * obey: models wrote most of it.
 */

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

const block = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.map((text) => `  ${text}`)];

const sorted = ({ kind, difficulty, reason, unclear, explore, skills }: Routing): readonly string[] => [
  `sorted   ${kind}, ${difficulty}: ${oneLine(reason)}`,
  ...block("unclear", unclear.map(oneLine)),
  ...block("to be explored", explore.map(oneLine)),
  ...block("skills to load", skills.map(oneLine)),
];

const explored = ({ answers, files, conventions, unknown, setup, tests, failed }: Exploration): readonly string[] => [
  ...answers.flatMap(({ question, answer }) => block(`asked: ${oneLine(question)}`, answer.split(/\r?\n/))),
  ...block(
    "files that matter",
    files.flatMap(({ path, symbols, why }) => [
      `${path}${symbols.length === 0 ? "" : ` (${symbols.map(oneLine).join(", ")})`}`,
      `  ${oneLine(why)}`,
    ]),
  ),
  ...block("conventions", conventions.map(oneLine)),
  ...block("not found out", unknown.map(oneLine)),
  ...block(
    "readers that failed",
    failed.map(({ question, cause }) => `${oneLine(question)}: ${oneLine(cause)}`),
  ),
  ...block("commands", [`set up  ${setup ?? "nothing to install"}`, `tests   ${tests ?? "none found"}`]),
];

/** Routing and exploration of a run, or a sentence that there is none yet. */
export function understandingReport({ routing, exploration }: Pick<RunState, "routing" | "exploration">): string {
  if (routing === null) return "nothing was found out yet";
  const found = exploration === null ? ["", "the code is not explored yet"] : explored(exploration);
  return [...sorted(routing), ...found].join("\n");
}
