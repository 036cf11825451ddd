import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { assertSound } from "./oracle.ts";
import { POINTS, type Point, sampledPoints } from "./points.ts";
import { type Store, STORES } from "./fault-run.ts";
import { type Rig, startRig } from "./rig.ts";
import { ALL } from "./selection.ts";
import { note } from "./verdict.ts";

/** The sample: each kind and moment once over each store, at different places. */
const selected = (store: Store): readonly Point[] => (ALL ? POINTS : sampledPoints(STORES.indexOf(store)));

async function killAt(rig: Rig, point: Point, context: TestContext): Promise<void> {
  await using run = await rig.open();
  const first = await run.start(`${point.failpoint}=kill`);
  run.begin();
  await run.untilKilled(first);
  await run.start();
  await run.untilOver();
  note(context, "kill points", rig.store, await assertSound(run, { kills: 1 }));
}

/** Kills a server at each point of the scene, once, and starts it again. */
export function killPointsOver(store: Store): void {
  describe(`kill points over ${store}`, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await startRig(store);
    });
    afterAll(() => rig.close());

    for (const point of selected(store))
      test.concurrent(`${point.name} (${point.failpoint}): nothing is lost, nothing doubled`, (context) =>
        killAt(rig, point, context));
  });
}
