import { ok } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import * as story from "../../support/story.ts";
import type { Cell } from "./cells.ts";
import { openLine } from "./line.ts";
import { type Arrangement, approve, play, type Play, untilWaiting, whileFrozen } from "./play.ts";
import { POINTS } from "./points.ts";
import { redeliverLost } from "./redelivery.ts";
import { chosen } from "./sampled.ts";
import { EXECUTOR, FILES, FIXING, PLANNER, script, SETTINGS } from "./story.ts";
import { factOf, until } from "./waits.ts";

/*
 * NC: the lines to GitHub and to the model are cut in each stage and mended after a while. Five minutes are shortened to seconds, because
 * nothing in the product counts to five minutes: every attempt fails at once, and what is waited for between attempts is what is waited
 * for in an outage of any length.
 */

const CUT_MS = 8_000;

function cut({ bench, seen }: Play): void {
  const { github, model } = bench.lines;
  github.cut();
  model.cut();
  // The request that was on its way, if one was.
  seen.cuts += 1;
}

function mend({ bench }: Play): void {
  const { github, model } = bench.lines;
  github.mend();
  model.mend();
}

async function atPoint(play: Play): Promise<void> {
  await whileFrozen(play, async () => cut(play));
  if (play.cell.outcome === "W") await untilWaiting(play);
  else await sleep(CUT_MS);
  mend(play);
}

/** GitHub does not reach us, and says so in its record of deliveries. */
async function unreached(play: Play): Promise<void> {
  const { bench } = play;
  const { deliveries } = bench.github.webhooks;
  await until("a delivery that failed", () => deliveries.some(({ statusCode }) => statusCode >= 400));
  bench.lines.web.mend();
  await redeliverLost(play);
}

async function waiting(play: Play): Promise<void> {
  await factOf(play.bench, play.scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  cut(play);
  await sleep(CUT_MS);
  mend(play);
  await approve(play);
}

/**
 * The approval arrives, but nothing can be looked up about it: it does not count until GitHub tells, or is refused with the advice to
 * give it again, which the person follows.
 */
async function approving(play: Play): Promise<void> {
  const { bench, scene, seen } = play;
  await factOf(bench, scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
  cut(play);
  await approve(play);
  await until("the approval to be looked at", async () => {
    const facts = (await story.factsOfIssue(bench, scene)).map(({ event }) => event);
    return (
      facts.some(({ type }) => type === "command.refused") || bench.logs().some((line) => line.includes("wake.failed"))
    );
  });
  const facts = () => story.factsOfIssue(bench, scene);
  ok(
    !(await facts()).some(({ event }) => event.type === "plan.approved"),
    "nobody approved what could not be looked up",
  );
  const refused = (await facts()).some(({ event }) => event.type === "command.refused");
  seen.waited = true;
  mend(play);
  if (refused) await approve(play);
}

/** The files of the base commit are on their way when the line goes dead. */
async function fetching(play: Play): Promise<void> {
  const { github } = play.bench;
  await until("the fetch", () => github.requests.some(({ path }) => path.endsWith("/info/refs")));
  cut(play);
  await untilWaiting(play);
  mend(play);
}

/** An installation that asks a registry, which stands behind a line of its own. */
async function installing(cell: Cell): Promise<void> {
  const registry = createServer((request, response) => void response.end(`{"name":"${request.url}"}`));
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const line = await openLine((registry.address() as AddressInfo).port);
  const command = `node -e 'fetch(process.env.npm_config_registry+"x").then(r=>{if(!r.ok)process.exit(1)})'`;
  const settings = `${SETTINGS}setup:\n  command: >-\n    ${command}\n`;
  const environment = { NPM_REGISTRY: `http://127.0.0.1:${line.port}` };
  const strike = async (played: Play): Promise<void> => {
    await whileFrozen(played, async () => line.cut());
    await untilWaiting(played);
    line.mend();
  };
  const files = { ...FILES, ".github/journeyman.yml": settings };
  try {
    await play(cell, { failpoint: `${POINTS[9]}=stop`, files, environment, strike });
  } finally {
    await line.close();
    registry.close();
  }
}

function arrangement({ stage }: Cell): Arrangement {
  if (stage === 1) return { before: async ({ bench }) => bench.lines.web.cut(), strike: unreached };
  if (stage === 4) {
    const hang = { match: { route: /\/info\/refs$/ }, kind: "hang" } as const;
    return { before: async ({ bench }) => void bench.github.fault(hang), strike: fetching };
  }
  if (stage === 7) return { strike: waiting, approves: async () => {} };
  if (stage === 8) return { strike: approving, approves: async () => {} };
  if (stage === 10)
    return { failpoint: "model.before:executor#2=stop", strike: atPoint, script: script(PLANNER, EXECUTOR) };
  if (stage === 11)
    return { failpoint: "model.before:executor#3=stop", strike: atPoint, script: script(PLANNER, FIXING) };
  return { failpoint: `${POINTS[stage]}=stop`, strike: atPoint };
}

describe.concurrent("the network", () => {
  test.each(chosen("NC"))("$name cut in $stageName: $outcome", (cell) =>
    cell.stage === 9 ? installing(cell) : play(cell, arrangement(cell)),
  );
});
