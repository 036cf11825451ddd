import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fold } from "../../../src/core/evolve.ts";
import type { StoredEvent } from "../../../src/core/events.ts";
import type { MicroUsd } from "../../../src/core/money/money.ts";
import { usageCost } from "./bill.ts";
import { type Leftovers, inspected, leftoversOf } from "./engine.ts";
import type { FaultRun } from "./fault-run.ts";

/*
 * What can be seen of a run from outside, as plain data: the oracle judges it, and its own test tampers with it.
 */

/** The nine places in which a secret of a server must never be found. */
export const SINKS = [
  "journal",
  "logs",
  "requests to the model",
  "comments",
  "pull requests",
  "branches",
  "artifacts",
  "docker inspect",
  "redis",
] as const;
export type Sink = (typeof SINKS)[number];

export interface Outcome {
  /** ISO 8601. */
  readonly seenAt: string;
  readonly facts: readonly StoredEvent[];
  /** The App's comments, on the issue and on its pull requests, oldest first. */
  readonly comments: readonly string[];
  /** Branches but the default one. */
  readonly branches: readonly string[];
  readonly pulls: readonly { readonly number: number; readonly head: string; readonly body: string }[];
  /** How often GitHub carried out a request that makes something: `POST /repos/{owner}/{repo}/pulls` and its kind. */
  readonly made: Readonly<Record<string, number>>;
  /** What GitHub's own description forbids. */
  readonly faults: readonly string[];
  readonly modelRequests: number;
  /** What the model's requests cost by the vendor's count. */
  readonly modelCost: MicroUsd;
  /** What the ledger of the day says of the repository. */
  readonly ledger: MicroUsd;
  readonly leftovers: Leftovers & { readonly scratch: readonly string[] };
  readonly sinks: Readonly<Record<Sink, string>>;
  readonly canaries: Readonly<Record<string, string>>;
  /** Of the pull request's branch; null without one. */
  readonly tree: string | null;
}

const git = async (directory: string, ...words: readonly string[]): Promise<string> =>
  (await promisify(execFile)("git", ["--git-dir", directory, ...words], { maxBuffer: 64 * 1024 ** 2 })).stdout.trim();

/** The text of all files below a directory. */
async function textBelow(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1").catch(() => ""));
  return (await Promise.all(texts)).join("\n");
}

function commentsOf({ github, repository, issue }: FaultRun): readonly string[] {
  const places = [issue, ...github.pullRequests(repository).map(({ number }) => ({ repository, number }))];
  const all = places.flatMap((place) => github.comments(place));
  return all.filter(({ author }) => author === github.app.login).map(({ body }) => body);
}

/** Requests that make something each time they are carried out, by route. */
function madeBy({ github }: FaultRun): Record<string, number> {
  const made: Record<string, number> = {};
  for (const { method, route, effect } of github.requests) {
    if (method !== "POST" || route === null || effect !== 201) continue;
    made[route] = (made[route] ?? 0) + 1;
  }
  return made;
}

async function ledgerOf(run: FaultRun, facts: readonly StoredEvent[]): Promise<MicroUsd> {
  const host = run.github.host;
  const account = { scope: "repository", id: `${host}/${run.repository.id}` } as const;
  const days = new Set(facts.map(({ at }) => at.slice(0, 10)));
  const spent = await Promise.all([...days].map((day) => run.journal.spent(account, day)));
  return spent.reduce((sum, amount) => sum + amount, 0);
}

async function branchText({ repository }: FaultRun, branches: readonly string[]): Promise<string> {
  const logs = branches.map((branch) =>
    git(repository.directory, "log", "-p", "--format=fuller", `refs/heads/${branch}`),
  );
  return [...branches, ...(await Promise.all(logs))].join("\n");
}

async function sinksOf(
  run: FaultRun,
  seen: Pick<Outcome, "facts" | "comments" | "branches">,
): Promise<Readonly<Record<Sink, string>>> {
  const { dataDir, github, repository, model, processes, seenContainers } = run;
  return {
    journal: JSON.stringify(seen.facts) + (await textBelow(join(dataDir, "runs"))),
    logs: processes.flatMap(({ log }) => log).join("\n"),
    "requests to the model": model.requests.map(({ raw }) => raw).join("\n"),
    comments: seen.comments.join("\n"),
    "pull requests": JSON.stringify([github.pullRequests(repository), github.checkRuns(repository)]),
    branches: await branchText(run, seen.branches),
    artifacts: await textBelow(join(dataDir, "artifacts")),
    "docker inspect": [...seenContainers, await inspected(dataDir)].join("\n"),
    // Its append-only file: every command that it was ever given.
    redis: await textBelow(join(dataDir, "redis")),
  };
}

/** Looks at everything once. */
export async function outcomeOf(run: FaultRun): Promise<Outcome> {
  const { github, repository, model, dataDir } = run;
  const facts = await run.facts();
  const comments = commentsOf(run);
  const branches = Object.keys(await github.branches(repository)).filter((name) => name !== repository.defaultBranch);
  const pulls = github.pullRequests(repository).map(({ number, head, body }) => ({ number, head, body }));
  const [pull] = pulls;
  return {
    seenAt: new Date().toISOString(),
    facts,
    comments,
    branches,
    pulls,
    made: madeBy(run),
    faults: github.faults,
    modelRequests: model.requests.length,
    modelCost: model.requests.reduce((sum, request) => sum + usageCost(request), 0),
    ledger: await ledgerOf(run, facts),
    leftovers: { ...(await leftoversOf(dataDir)), scratch: await readdir(join(dataDir, "sandboxes")).catch(() => []) },
    sinks: await sinksOf(run, { facts, comments, branches }),
    canaries: run.canaries,
    tree: pull === undefined ? null : await git(repository.directory, "rev-parse", `refs/heads/${pull.head}^{tree}`),
  };
}

/** The state of the run in an outcome; null when there is none. */
export const stateIn = ({ facts }: Pick<Outcome, "facts">) =>
  facts[0] === undefined ? null : fold(facts[0].run, facts);
