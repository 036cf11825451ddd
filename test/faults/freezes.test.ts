import { ok } from "node:assert/strict";
import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { assertSound } from "../support/faults/oracle.ts";
import { POINTS, type Point, spread } from "../support/faults/points.ts";
import { STORES } from "../support/faults/fault-run.ts";
import { type Rig, startRig } from "../support/faults/rig.ts";
import { ALL } from "../support/faults/selection.ts";
import { note } from "../support/faults/verdict.ts";

/*
 * A server that stands still at an effect for longer than its lease: another one takes its run over, and then the first one goes on where it
 * stood, not knowing that time has passed.
 */

const SAMPLED = 4;

const frozen = POINTS.filter(({ kind }) => kind === "effect").map((point, place) => ({
  point,
  name: point.name.replace("K", "Z"),
  store: STORES[(place + Math.floor(place / 4)) % 2]!,
}));

async function freezeAt(rig: Rig, { failpoint }: Point, context: TestContext): Promise<void> {
  await using run = await rig.open();
  const first = await run.start(`${failpoint}=stop`);
  run.begin();
  await run.untilFrozen(first);
  const epoch = await run.epoch();
  await run.start();
  await run.untilTakenOver(epoch);
  ok(first.isStopped(), "the first server stands still until it has lost the run");
  first.signal("SIGCONT");
  await run.untilOver();
  const outcome = await assertSound(run, { kills: 1 });
  ok(first.isAlive(), "the first server lives: it has only lost a run");
  note(context, "freezes", rig.store, outcome);
}

describe.each(STORES)("freezes over %s", (store) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(store);
  });
  afterAll(() => rig.close());

  for (const { point, name } of (ALL ? frozen : spread(frozen, SAMPLED)).filter((one) => one.store === store))
    test.concurrent(`${name} (${point.failpoint}): the worker that comes back writes nothing`, (context) =>
      freezeAt(rig, point, context));
});
