import { readFileSync } from "node:fs";
import { fail } from "node:assert/strict";
import type { EventOf, RunEvent, StoredEvent } from "../../src/core/events.ts";
import { readFactLine } from "../../src/journal/fact-line.ts";

/*
 * Whole runs that earlier releases wrote, from the label to the pull request: a question, a revision, a refused approval, a failing fix, in
 * the later ones a review with a finding. Read as every reader of such a file reads them.
 */

/** By what that release did not know yet, oldest first. */
export const RELEASES = ["before-understanding", "before-evals", "before-forks"] as const;
export type Release = (typeof RELEASES)[number];

const fileOf = (release: string): URL => new URL(`../../fixtures/journals/${release}.jsonl`, import.meta.url);

export const linesOf = (release: string): string[] => readFileSync(fileOf(release), "utf8").trimEnd().split("\n");

export const factsOf = (release: string): StoredEvent[] =>
  linesOf(release).map((line, index) => {
    const read = readFactLine(line, index);
    return read.ok ? read.fact : fail(`${release} line ${index + 1}: ${read.reason}`);
  });

/** The place of the n-th fact of this type that fits, counted from 1. */
function placeOf<T extends RunEvent["type"]>(
  facts: readonly StoredEvent[],
  type: T,
  fits: (event: EventOf<T>) => boolean = () => true,
  n = 1,
): number {
  const found = facts.filter(({ event }) => event.type === type && fits(event as EventOf<T>));
  return found[n - 1]?.index ?? fail(`no ${type} number ${n}`);
}

const inStage = (stage: string) => (event: { readonly stage: string }) => event.stage === stage;
const ofKey = (key: string) => (event: { readonly key: string }) => event.key === key;
const working = ({ conversation }: { readonly conversation: string }): boolean => conversation === "implement.1";

/** The last fact before the worker stops, at each of the fifteen stages of a run. */
export const CUTS: readonly (readonly [string, (facts: readonly StoredEvent[]) => number])[] = [
  ["webhook in", (facts) => placeOf(facts, "command.received")],
  ["enqueued", (facts) => placeOf(facts, "command.accepted")],
  ["snapshot", (facts) => placeOf(facts, "stage.started", inStage("intake"))],
  ["sandbox", (facts) => placeOf(facts, "workspace.opened")],
  ["plan turns", (facts) => placeOf(facts, "model.requested", ({ conversation }) => conversation === "plan.1", 2)],
  ["post plan", (facts) => placeOf(facts, "effect.intended", ofKey("plan.1"))],
  [
    "wait for approval",
    (facts) => placeOf(facts, "command.received", ({ command }) => command.name === "approve", 2) - 1,
  ],
  ["accept approval", (facts) => placeOf(facts, "plan.approved")],
  ["install", (facts) => placeOf(facts, "stage.started", inStage("prepare"))],
  ["implement", (facts) => placeOf(facts, "tool.called", (event) => working(event) && event.name === "bash")],
  ["tests and fixes", (facts) => placeOf(facts, "tests.finished", ({ phase }) => phase === "attempt")],
  ["extract and check", (facts) => placeOf(facts, "change.checked")],
  ["blobs to ref", (facts) => placeOf(facts, "effect.intended", ofKey("branch"))],
  ["pull request", (facts) => placeOf(facts, "effect.intended", ofKey("pull_request"))],
  ["last comment", (facts) => placeOf(facts, "run.finished")],
];
