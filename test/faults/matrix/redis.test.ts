import { equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { eventually } from "../../support/instance.ts";
import * as story from "../../support/story.ts";
import type { Cell } from "./cells.ts";
import { type Arrangement, approve, play, type Play, whileFrozen } from "./play.ts";
import { POINTS } from "./points.ts";
import { chosen } from "./sampled.ts";
import { INSTALLS, SLOW_CHECK } from "./story.ts";
import { factOf, until } from "./waits.ts";

/*
 * RR: Redis is killed and comes back with its append-only file. RL: all that it held is gone. In each stage while a run is in it.
 */

const AWAY_MS = 2_000;
/** A run whose wakes are lost moves again within this. */
const QUEUE_MS = 60_000;

async function breakRedis({ cell, bench }: Play): Promise<void> {
  if (cell.column === "RR") return bench.redis.kill();
  await bench.redis.command(["FLUSHALL"]);
}

async function mendRedis({ cell, bench }: Play): Promise<void> {
  if (cell.column === "RL") return;
  await sleep(AWAY_MS);
  await bench.redis.restart();
}

/** The run has facts that it had not when its wakes were lost. */
async function untilMoved({ bench, scene }: Play, before: number): Promise<void> {
  const facts = async () => (await story.factsOfIssue(bench, scene)).length;
  await eventually("the run to move again", async () => (await facts()) > before, QUEUE_MS);
}

async function atPoint(play: Play): Promise<void> {
  let before = 0;
  await whileFrozen(play, async () => {
    await breakRedis(play);
    before = (await story.factsOfIssue(play.bench, play.scene)).length;
  });
  await mendRedis(play);
  await untilMoved(play, before);
}

/** The delivery comes while there is no Redis: it is written down and accepted all the same. */
async function receiving(play: Play): Promise<void> {
  const { github } = play.bench;
  const labeled = () => github.webhooks.deliveries.findLast(({ action }) => action === "labeled");
  await until("the delivery", () => labeled() !== undefined);
  equal(labeled()?.statusCode, 202);
  await mendRedis(play);
  await untilMoved(play, 2);
}

/** The process that wrote the delivery down is gone before it could wake anybody, and Redis is emptied: only the journal knows. */
async function unwoken(play: Play): Promise<void> {
  const { bench, seen } = play;
  await bench.untilDead();
  seen.kills += 1;
  await bench.redis.command(["FLUSHALL"]);
  await bench.restart();
  await untilMoved(play, 2);
}

async function waiting(play: Play): Promise<void> {
  const { bench, scene } = play;
  await factOf(bench, scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  await breakRedis(play);
  await mendRedis(play);
  await approve(play);
}

function arrangement({ stage, column }: Cell): Arrangement {
  if (stage === 1) return { before: breakRedis, strike: receiving };
  if (stage === 2 && column === "RL") return { failpoint: `${POINTS[2]}=kill`, strike: unwoken };
  if (stage === 7) return { strike: waiting, approves: async () => {} };
  const files = stage === 9 ? INSTALLS : stage === 11 ? SLOW_CHECK : null;
  return { failpoint: `${POINTS[stage]}=stop`, strike: atPoint, ...(files && { files }) };
}

describe.concurrent("Redis", () => {
  test.each(chosen("RR", "RL"))("$name $column in $stageName: $outcome", (cell) => play(cell, arrangement(cell)));
});
