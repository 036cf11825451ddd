import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { assertSound } from "../support/faults/oracle.ts";
import { POINTS, type Point, resumedPoints, seeded } from "../support/faults/points.ts";
import { STORES, type Store } from "../support/faults/fault-run.ts";
import { type Rig, startRig } from "../support/faults/rig.ts";
import { ALL } from "../support/faults/selection.ts";
import { note } from "../support/faults/verdict.ts";

/*
 * A server is killed, and the one that goes on is killed as well. The pairs are drawn at random, the same ones each time: FAULTS_SEED draws
 * others.
 */

const SEED = Number(process.env["FAULTS_SEED"] ?? 20_261_120);
const PAIRS = 60;
const SAMPLED = 4;

interface Pair {
  readonly name: string;
  readonly store: Store;
  readonly first: Point;
  /** A point that the second server is sure to pass, counted in that process. */
  readonly second: string;
}

function drawn(): readonly Pair[] {
  const random = seeded(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const firsts = POINTS.filter((point) => resumedPoints(point).length > 0);
  return Array.from({ length: PAIRS }, (_, place) => {
    const first = pick(firsts);
    const second = pick(resumedPoints(first));
    const number = String(place + 1).padStart(2, "0");
    return { name: `D${number} ${first.name}, then ${second}`, store: STORES[place % 2]!, first, second };
  });
}

const pairs = drawn().slice(0, ALL ? PAIRS : SAMPLED);
console.log(`double faults: seed ${SEED}, ${pairs.length} pairs`);

async function killTwice(rig: Rig, { first, second }: Pair, context: TestContext): Promise<void> {
  await using run = await rig.open();
  const begun = await run.start(`${first.failpoint}=kill`);
  run.begin();
  await run.untilKilled(begun);
  const resumed = await run.start(`${second}=kill`);
  await run.untilKilled(resumed);
  await run.start();
  await run.untilOver();
  note(context, "double faults", rig.store, await assertSound(run, { kills: 2 }));
}

describe.each(STORES)("double faults over %s", (store) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(store);
  });
  afterAll(() => rig.close());

  for (const pair of pairs.filter((one) => one.store === store))
    test.concurrent(`${pair.name}: nothing is lost, nothing doubled`, (context) => killTwice(rig, pair, context));
});
