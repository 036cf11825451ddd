import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SANDBOX_IMAGE, type SandboxBench, sandboxBench, script, textOf } from "../support/docker.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";

/*
 * A Docker engine of this file's own, without live-restore, is stopped, killed, frozen and left without the image while sandboxes work.
 */

const never = new AbortController().signal;
const ANSWER_MS = 2_000;

let engine: PrivateEngine;
beforeAll(async () => void (engine = await startPrivateEngine()));
afterAll(() => engine.remove());

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** All that an engine and this host still hold of a bench: containers, volumes, scratch directories, mounts. */
async function leftOf({ dataDir, instance }: SandboxBench): Promise<string[]> {
  const filter = `label=app.instance=${instance}`;
  const mounts = lines(await readFile("/proc/self/mounts", "utf8"));
  return [
    ...lines(await engine.docker("ps", "--all", "--filter", filter, "--format", "{{.Names}}")),
    ...lines(await engine.docker("volume", "ls", "--filter", filter, "--format", "{{.Name}}")),
    ...(await readdir(join(dataDir, "sandboxes")).catch(() => [])),
    ...mounts.filter((line) => line.includes(dataDir)),
  ];
}

describe.each(["overlay", "archive"] as const)("DD with the %s strategy", (strategy) => {
  const bench = () => sandboxBench({ dockerHost: engine.host, strategy, answerMs: ANSWER_MS });

  test.each(["stop", "kill"] as const)(
    "a command whose engine ends by %s is lost, never failed; the sandbox is rebuilt when the engine is back, and nothing is left",
    async (how) => {
      const set = await bench();
      const spec = set.spec(await set.tree({ "a.txt": "a\n" }));
      const opened = await set.sandbox.open(spec, never);
      const running = opened.workspace.run(script("echo begun > b.txt; sleep 60"), never);
      running.catch(() => {});
      await expect
        .poll(async () => (await opened.workspace.readFile("b.txt", 100, never)).kind, { timeout: 10_000 })
        .toBe("file");
      await engine[how]();
      await expect(running).rejects.toMatchObject({ code: "sandbox_lost", class: "retryable" });
      await expect(opened.collect(never)).rejects.toMatchObject({ code: "sandbox_lost" });
      await opened.close();
      await expect(set.sandbox.open(spec, never)).rejects.toMatchObject({ code: "docker_unreachable", class: "wait" });
      await expect(set.sandbox.sweep(() => true)).rejects.toMatchObject({ code: "docker_unreachable" });
      await engine.start();
      const again = await set.sandbox.open(spec, never);
      expect(textOf((await again.workspace.run(script("ls"), never)).stdout)).toBe("a.txt\n");
      await again.close();
      await set.sandbox.sweep(() => false);
      expect(await leftOf(set)).toEqual([]);
      await set.clean();
    },
  );

  test("an installation whose engine ends is lost and leaves no layer; it is made when the engine is back", async () => {
    const set = await bench();
    const { ignored: _, ...wanted } = set.spec(await set.tree({ "a.txt": "a\n" }));
    const spec = { ...wanted, command: "echo deps > deps.txt; [ -e quick ] || sleep 60", timeoutMs: 60_000 };
    const installing = set.sandbox.install(spec, never);
    installing.catch(() => {});
    const isUp = async () => (await engine.docker("ps", "--quiet", "--filter", `label=app.run=${spec.run}`)) !== "";
    await expect.poll(isUp, { timeout: 20_000 }).toBe(true);
    await engine.stop();
    await expect(installing).rejects.toMatchObject({ code: "sandbox_lost" });
    expect(await readdir(join(set.dataDir, "layers")).catch(() => [])).toEqual([]);
    await engine.start();
    const made = await set.sandbox.install({ ...spec, command: "echo deps > deps.txt" }, never);
    expect([made.result.exitCode, made.layer]).toEqual([0, expect.any(String)]);
    expect(await leftOf(set)).toEqual([]);
    await set.clean();
  });

  test("an engine that takes requests and never answers is unreachable, and is used again when it answers", async () => {
    const set = await bench();
    const base = await set.tree({ "a.txt": "a\n" });
    engine.freeze();
    const begun = performance.now();
    const opening = set.sandbox.open(set.spec(base), never);
    await expect(opening).rejects.toMatchObject({ code: "docker_unreachable" });
    expect(performance.now() - begun).toBeLessThan(4 * ANSWER_MS);
    engine.thaw();
    const opened = await set.sandbox.open(set.spec(base), never);
    await opened.close();
    await set.sandbox.sweep(() => false);
    await expect.poll(() => leftOf(set), { timeout: 10_000 }).toEqual([]);
    await set.clean();
  });

  test("a command may be silent for longer than the engine may", async () => {
    const set = await bench();
    const opened = await set.sandbox.open(set.spec(await set.tree({ "a.txt": "a\n" })), never);
    const result = await opened.workspace.run(script(`sleep ${(2 * ANSWER_MS) / 1000}; echo done`), never);
    expect(textOf(result.stdout)).toBe("done\n");
    await set.clean();
  });
});

test("DD a sandbox whose first process is killed is lost, and leaves nothing", async () => {
  const set = await sandboxBench({ dockerHost: engine.host });
  const spec = set.spec(await set.tree({ "a.txt": "a\n" }));
  const opened = await set.sandbox.open(spec, never);
  const running = opened.workspace.run(script("sleep 60"), never);
  running.catch(() => {});
  const name = (await engine.docker("ps", "--filter", `label=app.run=${spec.run}`, "--format", "{{.Names}}")).trim();
  await engine.docker("kill", "--signal", "KILL", name);
  await expect(running).rejects.toMatchObject({ code: "sandbox_lost" });
  await opened.close();
  expect(await leftOf(set)).toEqual([]);
  await set.clean();
});

test("without the image a sandbox waits for it, and is opened when it is there", async () => {
  const set = await sandboxBench({ dockerHost: engine.host });
  const spec = set.spec(await set.tree({ "a.txt": "a\n" }));
  await engine.docker("image", "rm", "--force", SANDBOX_IMAGE);
  const opening = set.sandbox.open(spec, never);
  await expect(opening).rejects.toMatchObject({ code: "image_missing", class: "wait" });
  expect(await leftOf(set)).toEqual([]);
  await engine.load(SANDBOX_IMAGE);
  const opened = await set.sandbox.open(spec, never);
  await opened.close();
  await set.clean();
});
