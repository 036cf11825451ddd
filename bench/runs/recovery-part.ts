import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "../../src/core/digest.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import { REGISTRIES, SANDBOX_IMAGE } from "../../test/support/docker.ts";
import { eventually, startInstance, startServer, type Instance, type Server } from "../../test/support/instance.ts";
import { call, slow } from "../../test/support/scripted-model/answer.ts";
import * as story from "../../test/support/story.ts";
import type { Report } from "../figure.ts";

/* A worker dies or is told to stop in the middle of a turn of the model; another one of the same host takes the run over. */

const ROUNDS = 3;
const TURN_MS = 120_000;
const LEAVE_MS = 5_000;

type Ending = "kill" | "stop";

/** The highest epoch among the run's facts, and when its first one was written. */
async function latestEpoch(instance: Instance, scene: story.Scene): Promise<{ epoch: number; at: number }> {
  const facts = await story.factsOfIssue(instance, scene);
  const epoch = Math.max(0, ...facts.map((fact) => fact.epoch));
  return { epoch, at: Date.parse(facts.find((fact) => fact.epoch === epoch)?.at ?? "") };
}

const asked = async (instance: Instance, scene: story.Scene, epoch: number): Promise<boolean> =>
  (await story.factsOfIssue(instance, scene)).some(
    (fact) =>
      fact.epoch === epoch && fact.event.type === "model.requested" && fact.event.conversation === "implement.1",
  );

/** Ends the worker that has the run and gives the seconds until another one wrote the run's next fact. */
async function takeOver(
  instance: Instance,
  scene: story.Scene,
  workers: { holder: Server; ending: Ending },
): Promise<number> {
  const before = await latestEpoch(instance, scene);
  await eventually("a turn under way", () => asked(instance, scene, before.epoch));
  const start = Date.now();
  const ended = workers.holder[workers.ending]();
  const after = await eventually("another worker's fact", async () => {
    const now = await latestEpoch(instance, scene);
    return now.epoch > before.epoch ? now : null;
  });
  // A worker that cannot end in order must not hold the bench up.
  await Promise.race([ended, sleep(LEAVE_MS)]);
  await workers.holder.kill();
  await eventually("the turn asked again", () => asked(instance, scene, after.epoch));
  return (after.at - start) / 1000;
}

/** One run, handed from worker to worker. */
async function handOver(
  instance: Instance,
  first: Server,
  ending: Ending,
): Promise<{ seconds: number[]; last: Server }> {
  const scene = await story.openScene(instance);
  await story.untilPlan(instance, scene);
  story.comment(instance, scene, "/approve");
  await story.untilFact(instance, scene, "model.requested", (fact) => fact.conversation === "implement.1");
  let holder = first;
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const other = await startServer(instance.environment, "work");
    seconds.push(await takeOver(instance, scene, { holder, ending }));
    holder = other;
  }
  return { seconds, last: holder };
}

async function measureEnding(ending: Ending): Promise<number[]> {
  const answer = slow(TURN_MS, call("read", { path: "src/money.js" }));
  const instance = await startInstance({ script: story.script(story.PLANNING, [answer]) });
  const { dataDir } = instance;
  const instanceName = digestOf(dataDir).slice(0, 12);
  const left = createDockerSandbox({ image: SANDBOX_IMAGE, instance: instanceName, dataDir, registries: REGISTRIES });
  try {
    const { seconds, last } = await handOver(instance, instance.server, ending);
    await last.stop();
    return seconds;
  } finally {
    await left.sweep(() => false);
    await left.close();
    await instance.stop();
  }
}

export async function measureRecovery(report: Report): Promise<void> {
  const killed = await measureEnding("kill");
  report({ name: "worker killed (SIGKILL) → run moves again", unit: "s", ours: killed, goal: { atMost: 10 } });
  const stopped = await measureEnding("stop");
  report({ name: "worker stopped (SIGTERM) → run moves again", unit: "s", ours: stopped, goal: { atMost: 0.5 } });
}
