import { ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { Fault, FaultSpec } from "../../support/github/faults.ts";
import * as story from "../../support/story.ts";
import type { Cell, Column, StageNumber } from "./cells.ts";
import { type Arrangement, approve, play, type Play, untilWaiting, whileFrozen } from "./play.ts";
import { POINTS } from "./points.ts";
import { chosen } from "./sampled.ts";
import { SLOW_CHECK } from "./story.ts";
import { factOf, posted, until } from "./waits.ts";

/*
 * G5, GT, GS: GitHub answers with an error, its answer is lost after the effect, or it limits us, at the requests of each stage. Where
 * nothing depends on the request it is let go; where something does, the run waits, and what is done stays done once.
 */

/** How long GitHub asks us to wait, in seconds. */
const LIMIT_S = 3;
/** A read is sent three times before it is given up. */
const READS = 3;

interface Target {
  readonly method: string;
  readonly route: RegExp;
  readonly times: number;
}

const COMMENTS = /\/issues\/\d+\/comments$/;
const EDIT = { method: "PATCH", route: /\/issues\/comments\/\d+$/ };

const TARGETS: Readonly<Partial<Record<StageNumber, readonly Target[]>>> = {
  3: [{ method: "GET", route: /^\/repos\//, times: READS }],
  4: [{ method: "GET", route: /\/info\/refs$/, times: 1 }],
  5: [{ ...EDIT, times: 1_000 }],
  6: [{ method: "POST", route: COMMENTS, times: 1 }],
  8: [{ method: "GET", route: /\/issues\/comments\/\d+$/, times: READS }],
  10: [{ ...EDIT, times: 1_000 }],
  11: [{ ...EDIT, times: 1_000 }],
  13: [
    { method: "POST", route: /\/git\/commits$/, times: 1 },
    { method: "POST", route: /\/git\/refs$/, times: 1 },
  ],
  14: [{ method: "POST", route: /\/pulls$/, times: 1 }],
  15: [{ ...EDIT, times: 1 }],
};

/** What the fault is to a read, and to a write that GitHub has carried out. */
const KINDS: Readonly<Partial<Record<Column, Pick<FaultSpec, "kind" | "seconds">>>> = {
  G5: { kind: "error_after" },
  GT: { kind: "reset_after" },
  GS: { kind: "secondary_limit", seconds: LIMIT_S },
};

function arm({ bench, cell }: Play): readonly Fault[] {
  const kind = KINDS[cell.column];
  ok(kind !== undefined);
  return (TARGETS[cell.stage] ?? []).map(({ method, route, times }) =>
    bench.github.fault({
      match: { method, route },
      ...kind,
      times: kind.kind === "secondary_limit" && times === READS ? 1 : times,
    }),
  );
}

const allHit = (faults: readonly Fault[]): Promise<boolean> =>
  until("GitHub to fail", () => faults.every(({ hits }) => hits > 0));

async function atPoint(play: Play): Promise<void> {
  let faults: readonly Fault[] = [];
  await whileFrozen(play, async () => void (faults = arm(play)));
  await allHit(faults);
  if (play.cell.outcome === "W") await untilWaiting(play);
}

/** The fact with which a stage has done its work. */
const ENDS: Readonly<Partial<Record<StageNumber, (event: RunEvent) => boolean>>> = {
  5: ({ type }) => type === "plan.proposed",
  10: ({ type }) => type === "work.submitted",
  11: (event) => event.type === "stage.started" && event.stage === "publish",
};

/** Only edits of the status comment are made in these stages: dropped, and the run does not wait for them. */
async function edits(play: Play): Promise<void> {
  const { bench, scene, cell } = play;
  let faults: readonly Fault[] = [];
  await whileFrozen(play, async () => void (faults = arm(play)));
  await allHit(faults);
  await until("the end of the stage", async () =>
    (await story.factsOfIssue(bench, scene)).some(({ event }) => ENDS[cell.stage]?.(event)),
  );
  for (const fault of faults) fault.cancel();
  const facts = new Set((await story.factsOfIssue(bench, scene)).map(({ event }) => event.type));
  ok(!facts.has("run.parked") && !facts.has("stage.failed"), "the run did not wait for an edit");
}

/** The fetch of the base commit fails. */
async function fetching(play: Play): Promise<void> {
  await untilWaiting(play);
}

async function approving(play: Play): Promise<void> {
  await posted(play.bench, play.scene, /## Plan 1:/);
  await factOf(play.bench, play.scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  const faults = arm(play);
  await approve(play);
  await allHit(faults);
  await untilWaiting(play);
}

function arrangement({ stage }: Cell): Arrangement {
  if (stage === 4) return { before: async (play) => void arm(play), strike: fetching };
  if (stage === 8) return { strike: approving, approves: async () => {} };
  const failpoint = `${POINTS[stage]}=stop`;
  if (stage === 11) return { failpoint, strike: edits, files: SLOW_CHECK };
  return { failpoint, strike: stage === 5 || stage === 10 ? edits : atPoint };
}

describe.concurrent("GitHub", () => {
  test.each(chosen("G5", "GT", "GS"))("$name $column in $stageName: $outcome", (cell) => play(cell, arrangement(cell)));
});
