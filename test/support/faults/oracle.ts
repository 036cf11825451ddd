import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { next } from "../../../src/core/next.ts";
import { usd } from "../../../src/core/money/money.ts";
import { parkedNotice } from "../../../src/views/notice.ts";
import { leftoversOf } from "./engine.ts";
import { type Outcome, outcomeOf, SINKS, stateIn } from "./outcome.ts";
import type { FaultRun } from "./fault-run.ts";
import { TREE, TURNS } from "./scene.ts";

/*
 * The oracle: nine checks on what a run left outside, whatever was done to it meanwhile. Each is a pure function of an `Outcome` and of what
 * was expected, and gives sentences about what is broken, none when all is well.
 *
 *   I1 one comment per marker                    I6 no container, volume, network or scratch directory is left
 *   I2 one branch, one pull request              I7 no secret of a server in any of nine places
 *   I3 model requests ≤ turns + kills + cuts     I8 the spending shown = the journal's = the ledger's ≥ the vendor's
 *   I4 journal contiguous, one writer per epoch  I9 the tree is that of a run without faults
 *   I5 ended, or parked and said so, or moving
 */

export interface Expected {
  /** Processes that were killed or frozen while they worked for the run. */
  readonly kills: number;
  /** Answers of the model that were cut or refused on purpose. 0 unless told. */
  readonly cuts?: number;
  /** Answers without any fault; those of the scene unless told. */
  readonly turns?: number;
  /** How the run should end; a pull request unless told. `moving` also lets it be under way. */
  readonly end?: "pull_request" | "parked" | "failed" | "moving";
  /** Of the result; that of the scene unless told, null when none is to be compared. */
  readonly tree?: string | null;
}

type Check = (outcome: Outcome, expected: Expected) => readonly string[];

const MOVING_MS = 300_000;

const repeated = (values: readonly string[]): readonly string[] => [
  ...new Set(values.filter((value, place) => values.indexOf(value) !== place)),
];

const markerOf = (body: string): string => /^<!-- journeyman:([\w.:-]+):[0-9a-f]{32} -->/.exec(body)?.[1] ?? "none";

const oneCommentPerMarker: Check = ({ comments }) => [
  ...repeated(comments.map(markerOf)).map((marker) => `several comments carry the marker ${marker}`),
  ...(comments.some((body) => markerOf(body) === "none") ? ["a comment carries no marker"] : []),
];

const oneBranchOnePull: Check = ({ branches, pulls, made }, { end = "pull_request" }) => {
  const wanted = end === "pull_request" ? 1 : 0;
  const opened = made["/repos/{owner}/{repo}/pulls"] ?? 0;
  const broken: string[] = [];
  if (branches.length > 1) broken.push(`${branches.length} branches: ${branches.join(", ")}`);
  if (pulls.length > 1 || opened > 1) broken.push(`${Math.max(pulls.length, opened)} pull requests were opened`);
  if (pulls.length < wanted) broken.push("no pull request was opened");
  if (branches.length < wanted) broken.push("no branch was made");
  if (pulls.some(({ head }) => !branches.includes(head))) broken.push("a pull request comes from an unknown branch");
  return broken;
};

const noRequestTooMany: Check = ({ modelRequests }, { kills, cuts = 0, turns = TURNS.length }) =>
  modelRequests <= turns + kills + cuts
    ? []
    : [`${modelRequests} requests to the model; at most ${turns} turns + ${kills} kills + ${cuts} cuts`];

const oneWriterPerEpoch: Check = ({ facts }) => {
  const broken: string[] = [];
  if (facts.length === 0) broken.push("the journal has no fact");
  const writers = new Map<number, string>();
  for (const [place, { index, epoch, event }] of facts.entries()) {
    if (index !== place) broken.push(`fact ${index} stands at place ${place}`);
    if (epoch < (facts[place - 1]?.epoch ?? 0)) broken.push(`fact ${index} is of epoch ${epoch}, after a later one`);
    if (event.type !== "stage.started") continue;
    const writer = writers.get(epoch) ?? event.worker;
    if (writer !== event.worker) broken.push(`${writer} and ${event.worker} both wrote in epoch ${epoch}`);
    writers.set(epoch, writer);
  }
  return broken;
};

const cameToAnEnd: Check = (outcome, { end = "pull_request" }) => {
  const state = stateIn(outcome);
  if (state === null) return ["the run does not exist"];
  if (state.outcome !== null) {
    const ended = state.outcome.outcome;
    return end === ended || end === "moving" ? [] : [`it ended with ${ended} (${state.outcome.code}), not ${end}`];
  }
  if (state.parked !== null) {
    if (end !== "parked" && end !== "moving") return [`it is parked: ${state.parked.code}`];
    const notice = parkedNotice(state).split("\n")[0] ?? "";
    return outcome.comments.some((body) => body.includes(notice)) ? [] : ["it is parked, and no comment says why"];
  }
  const still = Date.parse(outcome.seenAt) - Date.parse(state.lastAt);
  if (end !== "moving") return [`it has not ended: ${JSON.stringify(next(state))}`];
  return still <= MOVING_MS ? [] : [`it has not moved for ${Math.round(still / 1000)} s`];
};

const nothingLeft: Check = ({ leftovers }) =>
  Object.entries(leftovers).flatMap(([kind, names]) =>
    names.length === 0 ? [] : [`${kind} are left: ${names.join(", ")}`],
  );

/** A secret counts as found when any 16 characters of it in a row are. */
const isIn = (text: string, secret: string): boolean =>
  Array.from({ length: Math.max(1, secret.length - 15) }, (_, start) => secret.slice(start, start + 16)).some((part) =>
    text.includes(part),
  );

const noSecretOut: Check = ({ sinks, canaries }) =>
  SINKS.flatMap((sink) =>
    Object.entries(canaries).flatMap(([name, secret]) => (isIn(sinks[sink], secret) ? [`${sink}: the ${name}`] : [])),
  );

const spendingAddsUp: Check = (outcome) => {
  const { facts, pulls, ledger, modelCost } = outcome;
  const total = facts.reduce(
    (sum, { event }) =>
      event.type === "model.responded" || event.type === "model.failed" ? sum + event.costMicroUsd : sum,
    0,
  );
  const broken: string[] = [];
  const shown = pulls.map(({ body }) => /\| \*\*all\*\* \| \*\*(\$[\d.]+)\*\* \|/.exec(body)?.[1] ?? "nothing");
  for (const footer of shown)
    if (footer !== usd(total)) broken.push(`the pull request says ${footer}, the journal ${usd(total)}`);
  const isOver = stateIn(outcome)?.outcome != null;
  if (isOver ? ledger !== total : ledger < total) broken.push(`the ledger has ${ledger}, the journal ${total}`);
  if (total < modelCost) broken.push(`the vendor charges ${modelCost}, the journal has ${total}`);
  return broken;
};

const sameTree: Check = ({ tree }, { end = "pull_request", tree: wanted = TREE }) =>
  end !== "pull_request" || wanted === null || tree === wanted ? [] : [`the tree is ${tree}, not ${wanted}`];

export const CHECKS: Readonly<Record<`I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`, Check>> = {
  I1: oneCommentPerMarker,
  I2: oneBranchOnePull,
  I3: noRequestTooMany,
  I4: oneWriterPerEpoch,
  I5: cameToAnEnd,
  I6: nothingLeft,
  I7: noSecretOut,
  I8: spendingAddsUp,
  I9: sameTree,
};

/** Everything that is broken, each sentence with the check that found it. */
export const judged = (outcome: Outcome, expected: Expected): readonly string[] => [
  ...Object.entries(CHECKS).flatMap(([name, check]) => check(outcome, expected).map((said) => `${name} ${said}`)),
  ...outcome.faults.map((fault) => `a request that GitHub does not know: ${fault}`),
];

/** What is removed is removed right before the run comes to rest or right after it: so long it is waited for, in milliseconds. */
const TIDY_MS = 10_000;

async function untilTidy({ dataDir }: FaultRun): Promise<void> {
  for (const until = Date.now() + TIDY_MS; Date.now() < until; await sleep(200)) {
    const { containers, volumes, networks } = await leftoversOf(dataDir);
    if (containers.length + volumes.length + networks.length === 0) return;
  }
}

/** All nine checks, on a run that is over or at rest. */
export async function assertSound(run: FaultRun, expected: Expected): Promise<Outcome> {
  await run.github.webhooks.settled();
  await untilTidy(run);
  const outcome = await outcomeOf(run);
  deepStrictEqual(judged(outcome, expected), []);
  return outcome;
}
