import { deepEqual, equal, ok } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../../../src/core/events.ts";
import { assertSound as assertOracle } from "../../support/faults/oracle.ts";
import type { FaultRun } from "../../support/faults/fault-run.ts";
import { withoutMarks } from "../../support/scripted-model/request.ts";
import { eventually } from "../../support/instance.ts";
import type { RecordedRequest } from "../../support/scripted-model/server.ts";
import * as story from "../../support/story.ts";
import { freed, type Play } from "./play.ts";
import { AFTER } from "./story.ts";

/* What must be true after every fault: the nine checks of the oracle, the tree in the words of this story, and what the cell's outcome says. */

const only = <T extends RunEvent["type"]>(facts: readonly RunEvent[], type: T) =>
  facts.filter((fact): fact is Extract<RunEvent, { type: T }> => fact.type === type);

/** I9: the tree that a run without faults ends with. */
async function assertTree({ bench, scene }: Play): Promise<void> {
  const { github } = bench;
  const [pull] = github.pullRequests(scene.repository);
  const textsAt = async (ref: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(await github.tree(scene.repository, ref)).map(([path, file]) => [path, file.content]),
    );
  const base = await textsAt("main");
  deepEqual(await textsAt(pull?.head ?? ""), { ...base, ...AFTER }, "I9 the tree of a run without faults");
}

/** Requests of the same very body, beyond the first of each. */
function sentAgain({ bench }: Play): number {
  const bodies = bench.model.requests.map(({ raw }) => withoutMarks(raw));
  return bodies.length - new Set(bodies).size;
}

function assertOutcome(play: Play, facts: readonly RunEvent[]): void {
  const { cell, seen } = play;
  const parks = only(facts, "run.parked");
  const allowed = seen.kills + seen.cuts;
  ok(sentAgain(play) <= allowed, `${sentAgain(play)} requests were sent again, at most ${allowed}`);
  if (cell.outcome === "W") ok(seen.waited || parks.length > 0, "it waited");
  if (cell.outcome === "P") ok(seen.parked || seen.waited, "it was parked");
  ok(
    parks.every(({ code }) => code !== "crash_budget"),
    "no crash budget is used up",
  );
  const done = only(facts, "effect.done").map(({ key }) => key);
  equal(new Set(done).size, done.length, "no effect is done twice");
}

/** What the vendor counts of a call that was cut off and sent again is not known to anybody here: the oracle leaves calls in flight out. */
function settledRequests({ bench }: Play): readonly RecordedRequest[] {
  const bodies = bench.model.requests.map(({ raw }) => withoutMarks(raw));
  return bench.model.requests.map((request, place) =>
    bodies.lastIndexOf(bodies[place] ?? "") > place ? { ...request, usage: null } : request,
  );
}

/** The bench in the eyes of the oracle. What it does not look at is not there. */
function asRun(play: Play): FaultRun {
  const { bench, scene } = play;
  const { github, dataDir, journal, environment } = bench;
  return {
    store: "sqlite",
    github: Object.assign(Object.create(github), { host: environment["GHE_HOST"] }),
    model: { ...bench.model, requests: settledRequests(play) },
    dataDir,
    journal,
    environment,
    ...scene,
    canaries: bench.canaries,
    processes: bench.processes,
    seenContainers: [],
    facts: () => story.factsOfIssue(bench, scene),
  } as unknown as FaultRun;
}

export async function assertSound(play: Play): Promise<void> {
  const { bench, scene, seen } = play;
  const facts = (await story.factsOfIssue(bench, scene)).map(({ event }) => event);
  const turns = only(facts, "model.responded").length;
  const { kills, cuts } = seen;
  // What a worker could not remove any more, the clean-up of the next one does; it comes by once a minute.
  await freed(play);
  const scratch = () => readdir(join(bench.dataDir, "sandboxes")).catch(() => []);
  await eventually("no scratch directory of the run", async () => (await scratch()).length === 0, 90_000);
  await assertOracle(asRun(play), { kills, cuts, turns, tree: null });
  await assertTree(play);
  assertOutcome(play, facts);
}
