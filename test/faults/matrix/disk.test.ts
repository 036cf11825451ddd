import { ok } from "node:assert/strict";
import { describe, test } from "vitest";
import * as story from "../../support/story.ts";
import type { Cell } from "./cells.ts";
import { mountSmallDisk, type SmallDisk } from "./disk.ts";
import { type Arrangement, approve, freed, play, type Play, retry, whileFrozen } from "./play.ts";
import { POINTS } from "./points.ts";
import { redeliverLost } from "./redelivery.ts";
import { chosen } from "./sampled.ts";
import { INSTALLS, SLOW_CHECK } from "./story.ts";
import { factOf, until } from "./waits.ts";

/*
 * DF: the data directory lies on a small file system that is filled to its last block in each stage, and given room again later. The
 * journal lies on it too, so a run may not be able to write down that it is parked: then it is parked by the wake that comes back, and
 * the log says why. It holds no sandbox in either case.
 */

const SIZE_MIB = 48;

/** What says to an operator that there is no room. */
const CAUSE = /storage_unavailable|ENOSPC|no space left|disk is full|database or disk/i;

async function assertParked(play: Play): Promise<void> {
  const { bench, scene } = play;
  await until("the cause, in the log or in a comment", () =>
    [...bench.logs(), ...story.ours(bench, scene)].some((line) => CAUSE.test(line)),
  );
  await freed(play);
  play.seen.waited = true;
}

/** Freed, the run goes on by itself, or when a person says so if it was parked for one. */
async function goOn(play: Play): Promise<void> {
  const state = await story.stateOfIssue(play.bench, play.scene);
  if (state?.parked?.resumeAt === null) retry(play);
}

async function atPoint(play: Play, disk: SmallDisk): Promise<void> {
  await whileFrozen(play, () => disk.fill());
  await assertParked(play);
  await disk.free();
  await goOn(play);
}

/** The delivery cannot be written down: GitHub is told so, and nothing of it was kept. */
async function receiving(play: Play, disk: SmallDisk): Promise<void> {
  const { bench, scene } = play;
  const { deliveries } = bench.github.webhooks;
  await until("a delivery that failed", () => deliveries.some(({ statusCode }) => statusCode === 503));
  ok((await story.factsOfIssue(bench, scene)).length === 0, "nothing was written");
  await disk.free();
  await redeliverLost(play);
}

/** Nothing is written while a plan waits. */
async function waiting(play: Play, disk: SmallDisk): Promise<void> {
  await factOf(play.bench, play.scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  await disk.fill();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await disk.free();
  await approve(play);
}

function arrangement({ stage }: Cell, disk: SmallDisk): Arrangement {
  const dataDir = disk.directory;
  if (stage === 1) return { dataDir, before: () => disk.fill(), strike: (play) => receiving(play, disk) };
  if (stage === 7) return { dataDir, strike: (play) => waiting(play, disk), approves: async () => {} };
  const files = stage === 9 ? INSTALLS : stage === 11 ? SLOW_CHECK : null;
  const failpoint = `${POINTS[stage]}=stop`;
  return { dataDir, failpoint, strike: (play) => atPoint(play, disk), ...(files && { files }) };
}

describe.concurrent("the disk", () => {
  test.each(chosen("DF"))("$name full in $stageName: $outcome", async (cell) => {
    const disk = await mountSmallDisk(SIZE_MIB);
    try {
      await play(cell, arrangement(cell, disk));
    } finally {
      await disk.remove();
    }
  });
});
