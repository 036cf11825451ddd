import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Sha } from "../../src/core/ids.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { createDockerSandbox } from "../../src/sandbox/docker.ts";
import { REGISTRIES, SANDBOX_IMAGE, sandboxBench, script } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;
const docker = new Docker();

describe.each(["overlay", "archive"] as const)("a sandbox's life (%s)", (strategy) => {
  let bench: SandboxBench;
  let base: BaseTree;

  beforeAll(async () => {
    bench = await sandboxBench({ strategy });
    base = await bench.tree({ a: "a\n" });
  });
  afterAll(() => bench.clean());

  /** Containers, volumes, directories and mounts of this instance. */
  async function left(): Promise<number> {
    const filters = { label: [`app.instance=${bench.instance}`] };
    const containers = await docker.listContainers({ all: true, filters });
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) as never });
    const directories = await readdir(join(bench.dataDir, "sandboxes")).catch(() => []);
    const mounts = (await readFile("/proc/self/mounts", "utf8")).split(bench.dataDir).length - 1;
    return containers.length + Volumes.length + directories.length + mounts;
  }

  test("close removes all that open made, and may be repeated", async () => {
    const opened = await bench.sandbox.open(bench.spec(base), never);
    expect(await left()).toBeGreaterThan(1);
    await opened.close();
    await opened.close();
    expect(await left()).toBe(0);
  });

  test("opening again under the same name starts from nothing", async () => {
    const spec = bench.spec(base);
    const first = await bench.sandbox.open(spec, never);
    await first.workspace.run(script("echo x > left-behind"), never);
    const second = await bench.sandbox.open(spec, never);
    expect(await second.workspace.readFile("left-behind", 10, never)).toEqual({ kind: "missing" });
    await expect(first.workspace.run(script("true"), never)).rejects.toMatchObject({ code: "sandbox_lost" });
    await second.close();
    await first.close();
  });

  test("S76 an open that fails leaves nothing", async () => {
    const nowhere: BaseTree = { ...base, directory: "/nonexistent/tree", sha: Sha.parse("0".repeat(40)) };
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(bench.sandbox.open(bench.spec(nowhere), never)).rejects.toMatchObject({ code: "sandbox_lost" });
    }
    expect(await left()).toBe(0);
  });

  test("S76 a sweep removes what nobody owns and nothing else", async () => {
    const kept = bench.spec(base, { epoch: 2 });
    const opened = await bench.sandbox.open(kept, never);
    await bench.sandbox.open(bench.spec(base), never);
    await bench.sandbox.open({ ...kept, epoch: 1 }, never);
    const stranger = await sandboxBench({ strategy });
    const foreign = await stranger.sandbox.open(stranger.spec(await stranger.tree({ a: "a" })), never);
    expect(await bench.sandbox.sweep((run, epoch) => run === kept.run && epoch === 2)).toBeGreaterThan(0);
    expect((await opened.workspace.run(script("cat a"), never)).exitCode).toBe(0);
    expect((await foreign.workspace.run(script("cat a"), never)).exitCode).toBe(0);
    await stranger.clean();
    await opened.close();
    expect(await left()).toBe(0);
    expect(await bench.sandbox.sweep(() => false)).toBe(0);
  });

  test("S76 a sandbox ends by itself when its worker is killed, and the next worker's sweep removes it", async () => {
    const spec = bench.spec(base);
    const program = `
      import { createDockerSandbox } from "./src/sandbox/docker.ts";
      const [options, spec] = JSON.parse(process.argv[1]);
      const opened = await createDockerSandbox(options).open({ ...spec, base: { ...spec.base, files: new Map() } }, new AbortController().signal);
      console.log("open");
      await opened.workspace.run({ argv: ["sleep", "600"], timeoutMs: 600_000 }, new AbortController().signal);`;
    const { instance, dataDir } = bench;
    const options = { image: SANDBOX_IMAGE, instance, dataDir, registries: REGISTRIES, strategy };
    const argv = ["--input-type=module-typescript", "--eval", program, JSON.stringify([options, spec])];
    const worker = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    expect(await Promise.race([once(worker.stdout, "data"), once(worker, "exit")])).toEqual([Buffer.from("open\n")]);
    worker.kill("SIGKILL");
    const running = () => docker.listContainers({ filters: { label: [`app.run=${spec.run}`] } });
    await expect.poll(async () => (await running()).length, { timeout: 30_000 }).toBe(0);
    expect(await bench.sandbox.sweep(() => false)).toBeGreaterThan(0);
    expect(await left()).toBe(0);
  });
});

describe("a sandbox that cannot be", () => {
  let dataDir: string;
  beforeAll(async () => void (dataDir = await mkdtemp(join(tmpdir(), "sandbox-test-"))));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const tree = (): BaseTree => {
    const sha = Sha.parse("0".repeat(40));
    return { repositoryId: 1, sha, treeSha: sha, directory: dataDir, files: new Map() };
  };
  const options = () => ({ image: SANDBOX_IMAGE, instance: "test-none", dataDir, registries: REGISTRIES });

  test("an engine that does not answer is `docker_unreachable`", async () => {
    const bench = await sandboxBench();
    const sandbox = createDockerSandbox({ ...options(), dockerHost: "unix:///nonexistent.sock" });
    await expect(sandbox.open(bench.spec(tree()), never)).rejects.toMatchObject({ code: "docker_unreachable" });
    await expect(sandbox.report()).rejects.toMatchObject({ code: "docker_unreachable" });
    await expect(sandbox.sweep(() => false)).rejects.toMatchObject({ code: "docker_unreachable" });
    await bench.clean();
  });

  test("an image that is not there is `image_missing`, and leaves nothing", async () => {
    const bench = await sandboxBench({ image: "no-such-image:test" });
    await expect(bench.sandbox.open(bench.spec(tree()), never)).rejects.toMatchObject({ code: "image_missing" });
    expect(await bench.sandbox.report()).toMatchObject({ imageId: null });
    expect(await bench.sandbox.sweep(() => false)).toBe(0);
    await bench.clean();
  });

  test.skipIf(process.getuid?.() !== 0)(
    "an overlay is chosen where the engine sees our mounts; the same host's name is not enough",
    async () => {
      const bench = await sandboxBench();
      const program = `
        import { createDockerSandbox } from "./src/sandbox/docker.ts";
        console.log((await createDockerSandbox(JSON.parse(process.argv[1])).report()).strategy);`;
      const given = { image: SANDBOX_IMAGE, instance: bench.instance, dataDir: bench.dataDir, registries: REGISTRIES };
      const argv = ["--input-type=module-typescript", "--eval", program, JSON.stringify(given)];
      const report = async (prefix: readonly string[]): Promise<string> => {
        const [file = "", ...rest] = [...prefix, process.execPath, ...argv];
        return (await promisify(execFile)(file, rest)).stdout.trim();
      };
      expect(await report([])).toBe("overlay");
      expect(await report(["unshare", "--mount"])).toBe("archive");
      expect(await readdir(bench.dataDir)).toEqual([]);
      await bench.clean();
    },
  );

  test("a report names the engine, its runtime, the image and the strategy", async () => {
    const bench = await sandboxBench({ strategy: "archive" });
    expect(await bench.sandbox.report()).toEqual({
      engineVersion: expect.stringMatching(/^\d+\./),
      runcVersion: expect.stringMatching(/^\d+\./),
      imageId: expect.stringMatching(/^sha256:/),
      strategy: "archive",
    });
    await bench.clean();
  });
});
