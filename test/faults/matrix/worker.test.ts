import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { containersOf } from "../../support/leftovers.ts";
import type { StageNumber } from "./cells.ts";
import { type Arrangement, approve, play, type Play } from "./play.ts";
import { KILL_POINTS } from "./points.ts";
import { redeliverLost } from "./redelivery.ts";
import { chosen } from "./sampled.ts";
import { INSTALLS, SLOW_CHECK } from "./story.ts";
import { posted, until } from "./waits.ts";

/* K9: the server is killed with SIGKILL in each stage, and another starts on the same data directory. */

async function restarted({ bench, seen }: Play): Promise<void> {
  await bench.untilDead();
  seen.kills += 1;
  await bench.restart();
}

/** The installation's sandbox is up and its command has begun. */
async function killInstalling(play: Play): Promise<void> {
  const { bench } = play;
  await until("the installation's sandbox", async () =>
    (await containersOf(bench)).some((name) => name.endsWith("-install")),
  );
  await sleep(1_000);
  await bench.server.kill();
  await restarted(play);
}

/** A delivery whose answer never came. GitHub shows it as failed. */
async function killReceiving(play: Play): Promise<void> {
  await restarted(play);
  await redeliverLost(play);
}

async function killWaiting(play: Play): Promise<void> {
  const { bench, scene } = play;
  await posted(bench, scene, /## Plan 1:/);
  await bench.server.kill();
  await restarted(play);
  await approve(play);
}

const OTHERS: Readonly<Partial<Record<StageNumber, Partial<Arrangement>>>> = {
  1: { strike: killReceiving },
  2: { strike: killReceiving },
  7: { strike: killWaiting, approves: async () => {} },
  9: { strike: killInstalling, files: INSTALLS },
  11: { files: SLOW_CHECK },
};

describe.concurrent("K9", () => {
  test.each(chosen("K9"))("$name kill -9 in $stageName: $outcome", async (cell) => {
    const failpoint = KILL_POINTS[cell.stage];
    await play(cell, {
      ...(failpoint && { failpoint: `${failpoint}=kill` }),
      strike: restarted,
      ...OTHERS[cell.stage],
    });
  });
});
