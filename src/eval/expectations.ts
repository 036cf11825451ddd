import type { StoredEvent } from "../core/events.ts";
import { usd } from "../core/money/money.ts";
import type { RunResult } from "../embed/result.ts";
import { type Measures, toolsByRole } from "./measure.ts";
import { OUT_OF_SCRIPT } from "./recorded-model.ts";
import type { Task } from "./task.ts";

/*
 * What a task says should come of it, held against what came. Each fault is one sentence.
 */

export interface Came {
  readonly result: RunResult;
  readonly facts: readonly StoredEvent[];
  readonly measures: Measures;
}

/** How far `wanted` is found in `tools`, in order; its first tool that is not. */
function missingTool(wanted: readonly string[], tools: readonly string[]): string | null {
  let at = 0;
  for (const tool of wanted) {
    const found = tools.indexOf(tool, at);
    if (found === -1) return tool;
    at = found + 1;
  }
  return null;
}

function toolFaults({ expect }: Task, facts: readonly StoredEvent[]): string[] {
  const made = toolsByRole(facts);
  return Object.entries(expect.tools).flatMap(([role, wanted]) => {
    const tools = [...made].find(([name]) => name === role)?.[1] ?? [];
    const missing = missingTool(wanted ?? [], tools);
    return missing === null
      ? []
      : [`the ${role} did not call ${missing} in its place: ${tools.join(", ") || "no call"}`];
  });
}

const one = (label: string, wanted: string | undefined, is: string | undefined): string[] =>
  wanted === undefined || wanted === is ? [] : [`${label} is ${is ?? "none"}, not ${wanted}`];

function pathFaults(wanted: readonly string[] | undefined, { change }: RunResult): string[] {
  if (wanted === undefined) return [];
  const are = change.map(({ path }) => path).toSorted();
  return are.join("\n") === wanted.toSorted().join("\n")
    ? []
    : [`the change is in ${are.join(", ") || "no file"}, not in ${wanted.join(", ")}`];
}

/** What the recorded script could not say. */
const scriptFaults = (facts: readonly StoredEvent[]): string[] => [
  ...new Set(
    facts.flatMap(({ event }) =>
      event.type === "model.failed" && event.detail.startsWith(OUT_OF_SCRIPT) ? [event.detail] : [],
    ),
  ),
];

export function expectationFaults(task: Task, { result, facts }: Came): string[] {
  const { expect } = task;
  const types = new Set<string>(facts.map(({ event }) => event.type));
  const { routing } = result.state;
  const asked = facts.flatMap(({ event }) => (event.type === "question.asked" ? event.questions : []));
  const { question } = expect;
  const why = result.reason === "" ? "" : ` (${result.reason.replaceAll(/\s+/g, " ").slice(0, 200)})`;
  return [
    ...scriptFaults(facts),
    ...(result.end === expect.end ? [] : [`the run ended as ${result.end}, not as ${expect.end}${why}`]),
    ...one("the kind", expect.kind, routing?.kind),
    ...one("the difficulty", expect.difficulty, routing?.difficulty),
    ...toolFaults(task, facts),
    ...pathFaults(expect.paths, result),
    ...expect.facts.filter((type) => !types.has(type)).map((type) => `no fact ${type}`),
    ...(question === undefined || asked.some((text) => text.includes(question))
      ? []
      : [`no question holds "${question}"`]),
  ];
}

export function ceilingFaults({ ceilings }: Task, { costMicroUsd, turns }: Measures): string[] {
  const usdCeiling = ceilings.usd * 1_000_000;
  return [
    ...(costMicroUsd > usdCeiling ? [`cost ceiling passed: ${usd(costMicroUsd)} of $${ceilings.usd}`] : []),
    ...(turns > ceilings.turns ? [`turn ceiling passed: ${turns} of ${ceilings.turns}`] : []),
  ];
}
