import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A test command that takes its time, so that the engine can go away under it. */
const SLOW = JSON.stringify({ name: "shop", type: "module", private: true, scripts: { test: "sleep 5; node --test" } });
const [READ, EDIT, , SUBMIT] = story.WORKING;

async function leftOf(engine: PrivateEngine, { dataDir }: Instance): Promise<string[]> {
  const listed = [
    await engine.docker("ps", "--all", "--format", "{{.Names}}"),
    await engine.docker("volume", "ls", "--quiet"),
  ];
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").filter((line) => line.includes(dataDir));
  const scratch = await readdir(join(dataDir, "sandboxes")).catch(() => []);
  return [...listed.flatMap((text) => text.split("\n")), ...mounts, ...scratch].filter((line) => line !== "");
}

const opened = (engine: PrivateEngine, purpose: string): Promise<string> =>
  eventually(`a sandbox for ${purpose}`, async () => {
    const names = await engine.docker("ps", "--format", "{{.Names}}");
    return names.split("\n").find((name) => name.includes(purpose));
  });

test("F10.DD F11.DD an engine that goes away under work and tests costs neither: the run is held up, goes on from its last checkpoint, and uses up no fix", async () => {
  const engine = await startPrivateEngine();
  ends.push(() => engine.remove());
  if (READ === undefined || EDIT === undefined || SUBMIT === undefined) throw new TypeError("the story has four turns");
  const slow = call("bash", { command: "sleep 8; node --test 2>&1 | tail -5" });
  const script = story.script(story.PLANNING, [READ, EDIT, slow, slow, SUBMIT]);
  const instance = await startInstance({ script, environment: { DOCKER_HOST: engine.host } });
  ends.push(() => instance.stop());
  const scene = await story.openScene(instance, { ...story.FILES, "package.json": SLOW });
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);

  await story.untilFact(instance, scene, "tool.called", ({ name }) => name === "bash");
  await engine.stop();
  await story.untilFact(instance, scene, "run.parked", ({ code }) => code === "docker_unreachable");
  expect(await story.said(instance, scene, /Held up/)).toContain("The Docker engine at");
  await engine.start();

  await opened(engine, "-verify-");
  await engine.kill();
  const isParkedAgain = async () =>
    (await story.factsOfIssue(instance, scene)).filter(({ event }) => event.type === "run.parked").length > 1;
  await eventually("the second parking", isParkedAgain);
  await engine.start();

  const state = await story.untilOver(instance, scene, 120_000);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  expect([state.failures, state.attempts.length]).toEqual([0, 1]);
  const facts = await story.factsOfIssue(instance, scene);
  const parkings = facts.flatMap(({ event }) => (event.type === "run.parked" ? [event.code] : []));
  expect(new Set(parkings)).toEqual(new Set(["docker_unreachable"]));
  const cut = facts.filter(({ event }) => event.type === "tool.returned" && event.content.includes("interrupted"));
  expect(cut, "the command is answered as cut off, not run twice").toHaveLength(1);
  await eventually("nothing left of it", async () => (await leftOf(engine, instance)).length === 0, 90_000);
});
