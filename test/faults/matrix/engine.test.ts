import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, test } from "vitest";
import { containersOf } from "../../support/leftovers.ts";
import { type PrivateEngine, startPrivateEngine } from "../../support/private-engine.ts";
import { call } from "../../support/scripted-model/answer.ts";
import type { Cell, StageNumber } from "./cells.ts";
import { type Arrangement, approve, play, type Play, whileFrozen } from "./play.ts";
import { POINTS, WROTE } from "./points.ts";
import { chosen } from "./sampled.ts";
import { EXECUTOR, INSTALLS, PLANNER, script, SLOW_CHECK } from "./story.ts";
import { factOf, until } from "./waits.ts";

/*
 * DD: an engine of the suite's own stops, with every container on it, and starts again. OM: the kernel ends a sandbox's first process, as
 * it does when memory is used up and that process is chosen; in F10.OM a command really uses it up, and the sandbox survives.
 */

const docker = promisify(execFile);

const restarting = chosen("DD");
const dying = chosen("OM");

/** Where the sandbox is in use, or about to be. */
const AT: Readonly<Partial<Record<StageNumber, string>>> = { ...POINTS, 12: WROTE };

describe("the engine", () => {
  let engine: PrivateEngine | null = null;
  beforeAll(async () => {
    if (restarting.length > 0) engine = await startPrivateEngine();
  });
  afterAll(() => engine?.remove());

  /** Gone when the server goes on, and back a moment later. */
  const restart = async (play: Play): Promise<void> => {
    await whileFrozen(play, () => engine?.stop() ?? Promise.resolve());
    await sleep(1_500);
    await engine?.start();
  };

  const waiting = async (play: Play): Promise<void> => {
    await factOf(play.bench, play.scene, "effect.done", ({ key }) => /^status\.\d+$/.test(key));
    await engine?.restart(500);
    await approve(play);
  };

  /** In the midst of the installation's command. */
  const installing = async (): Promise<void> => {
    await until("the installation's sandbox", async () =>
      ((await engine?.docker("ps", "--format", "{{.Names}}")) ?? "").includes("-install"),
    );
    await sleep(1_000);
    await engine?.restart(1_500);
  };

  const arrangement = ({ stage }: Cell): Arrangement => {
    const environment = { DOCKER_HOST: engine?.host ?? "" };
    if (stage === 7) return { environment, strike: waiting, approves: async () => {} };
    if (stage === 9) return { environment, strike: installing, files: INSTALLS };
    const failpoint = `${AT[stage]}=stop`;
    return { environment, failpoint, strike: restart, ...(stage === 11 && { files: SLOW_CHECK }) };
  };

  // One after the other: they share the engine.
  test.each(restarting)("$name restarts in $stageName: $outcome", (cell) => play(cell, arrangement(cell)));
});

const kill = async (name: string): Promise<void> => void (await docker("docker", ["kill", name]).catch(() => {}));

/** Kills the run's sandbox as soon as there is one that fits. */
async function killSandbox({ bench }: Play, fits: (name: string) => boolean): Promise<void> {
  const name = await until("a sandbox", async () => (await containersOf(bench)).find(fits));
  await kill(name);
}

const GREEDY = `node -e 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))'`;

/** A command that needs more than there is, once; the model is told, and does without. */
const greedily = script(PLANNER, [EXECUTOR[0]!, call("bash", { command: GREEDY }), ...EXECUTOR.slice(1)]);

async function usedUp({ bench, scene }: Play): Promise<void> {
  await factOf(bench, scene, "tool.returned", ({ content }) => content.includes("out_of_memory"));
}

function dyingArrangement({ stage }: Cell): Arrangement {
  if (stage === 4) return { strike: (play) => killSandbox(play, (name) => name.endsWith("-plan")) };
  if (stage === 9) {
    const strike = async (play: Play): Promise<void> => {
      await factOf(play.bench, play.scene, "stage.started", (fact) => fact.stage === "prepare");
      await killSandbox(play, (name) => name.endsWith("-install"));
    };
    return { strike, files: INSTALLS };
  }
  if (stage === 10) return { strike: usedUp, script: greedily };
  const strike = (play: Play): Promise<void> => whileFrozen(play, () => killSandbox(play, () => true));
  return { failpoint: `${AT[stage]}=stop`, strike, ...(stage === 11 && { files: SLOW_CHECK }) };
}

describe.concurrent("memory", () => {
  test.each(dying)("$name used up in $stageName: $outcome", (cell) => play(cell, dyingArrangement(cell)));
});
