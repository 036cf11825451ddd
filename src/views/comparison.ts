import type { RunEvent, StoredEvent } from "../core/events.ts";
import { evolve } from "../core/evolve.ts";
import type { RunId } from "../core/ids.ts";
import { addUsage, type Usage, ZERO_USAGE } from "../core/messages.ts";
import { type MicroUsd, usd } from "../core/money/money.ts";
import { emptyState, type RunState } from "../core/state.ts";
import { publishedCheckpoint } from "../core/testing/attempts.ts";
import { duration } from "./frame.ts";
import { headline } from "./status-comment.ts";

/*
 * A fork beside the run that it came from. Counted from the facts alone, and the same way on both sides: what came after the fact at which
 * they part, so that neither is held against what the other did not have to do.
 */

/** What a part of a run came to, and what it took. */
export interface Figures {
  readonly outcome: string;
  /** Exit code of the last test run of a change, how it ended when there is none; null when nothing was tested. */
  readonly tests: string | number | null;
  readonly failing: readonly string[];
  /** Changes handed over to be tested, after the first. */
  readonly fixes: number;
  readonly turns: number;
  readonly tokens: Pick<Usage, "output"> & { readonly input: number; readonly cached: number };
  readonly costMicroUsd: MicroUsd;
  /** Milliseconds in which a worker was at work. */
  readonly workMs: number;
  readonly models: readonly string[];
  /** Paths that differ from the base commit at the end. */
  readonly files: readonly string[];
}

export interface Comparison {
  readonly origin: RunId;
  readonly fork: RunId;
  /** The last fact that both have. */
  readonly at: number;
  readonly originAfter: Figures;
  readonly originWhole: Figures;
  readonly forkAfter: Figures;
}

interface Fold {
  readonly end: RunState;
  /** Work of the facts in the part, in milliseconds. */
  readonly workMs: number;
}

/** `state.workMs` begins anew with a fork, so the part is summed fact by fact. */
function foldPart(run: RunId, facts: readonly StoredEvent[], from: number): Fold {
  let end = emptyState(run);
  let workMs = 0;
  for (const fact of facts) {
    const before = end.workMs;
    end = evolve(end, fact);
    if (fact.index >= from) workMs += Math.max(0, end.workMs - before);
  }
  return { end, workMs };
}

const costIn = (event: RunEvent): MicroUsd =>
  event.type === "model.responded" || event.type === "model.failed" ? event.costMicroUsd : 0;

/** What the facts from `from` on came to. */
export function figuresOf(run: RunId, facts: readonly StoredEvent[], from: number): Figures {
  const { end, workMs } = foldPart(run, facts, from);
  const part = facts.filter(({ index }) => index >= from).map(({ event }) => event);
  const answers = part.filter((event) => event.type === "model.responded");
  const { input, cacheRead, cacheWrite, output } = answers.reduce((sum, one) => addUsage(sum, one.usage), ZERO_USAGE);
  const submissions = facts.filter(({ event }) => event.type === "work.submitted");
  const report = end.attempts.findLast((attempt) => attempt !== null);
  const asked = part.flatMap((event) => (event.type === "model.requested" ? [event.model] : []));
  return {
    outcome: headline(end),
    tests: report === undefined ? null : (report.exitCode ?? report.ended),
    failing: report?.failing ?? [],
    fixes: submissions.slice(1).filter(({ index }) => index >= from).length,
    turns: answers.length,
    tokens: { input: input + cacheRead + cacheWrite, cached: cacheRead, output },
    costMicroUsd: part.reduce((sum, event) => sum + costIn(event), 0),
    workMs,
    models: [...new Set(asked)].toSorted(),
    files: (publishedCheckpoint(end)?.changes ?? []).map(({ path }) => path).toSorted(),
  };
}

interface Sides {
  readonly origin: readonly StoredEvent[];
  readonly fork: readonly StoredEvent[];
}

/** Null when the second is no fork. */
export function compare(run: RunId, { origin, fork }: Sides): Comparison | null {
  const forked = fork.findLast(({ event }) => event.type === "run.forked");
  if (forked?.event.type !== "run.forked") return null;
  const { at, origin: from } = forked.event;
  return {
    origin: from,
    fork: run,
    at,
    originAfter: figuresOf(from, origin, at + 1),
    originWhole: figuresOf(from, origin, 0),
    forkAfter: figuresOf(run, fork, forked.index),
  };
}

const tested = ({ tests, failing }: Figures): string => {
  if (tests === null) return "none";
  return `exit code ${tests}${failing.length === 0 ? "" : `, ${failing.length} failing`}`;
};

const ROWS: readonly (readonly [string, (figures: Figures) => string])[] = [
  ["outcome", ({ outcome }) => outcome],
  ["tests", tested],
  ["fixes", ({ fixes }) => String(fixes)],
  ["turns", ({ turns }) => String(turns)],
  ["tokens in", ({ tokens }) => `${tokens.input} (${tokens.cached} cached)`],
  ["tokens out", ({ tokens }) => String(tokens.output)],
  ["cost", ({ costMicroUsd }) => usd(costMicroUsd)],
  ["work", ({ workMs }) => duration(workMs)],
  ["models", ({ models }) => models.join(", ") || "none"],
  ["files", ({ files }) => files.join(", ") || "none"],
];

/** Side by side, as lines of plain text. Paths are others' words: whoever prints it takes out what a terminal would obey. */
export function comparisonTable({ origin, fork, at, ...sides }: Comparison): string {
  const columns = [sides.originAfter, sides.forkAfter, sides.originWhole];
  const heads = ["", `origin after fact ${at}`, "fork", "origin in whole"];
  const lines = [heads, ...ROWS.map(([name, show]) => [name, ...columns.map(show)])];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const rows = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`origin  ${origin}`, `fork    ${fork}`, "", ...rows].join("\n");
}
