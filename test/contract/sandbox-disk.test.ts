import { readdir } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BaseTree } from "../../src/ports/trees.ts";
import { sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;
const FILL = "for n in 1 2 3 4 5 6; do fallocate -l 50M big$n || exit 9; done";

describe.each(["overlay", "archive"] as const)("the disk of a sandbox (%s)", (strategy) => {
  let bench: SandboxBench;
  let base: BaseTree;

  beforeAll(async () => {
    bench = await sandboxBench({ strategy, disk: { workspace: 200, layer: 100 } });
    base = await bench.tree({ a: "a\n" });
  });
  afterAll(() => bench.clean());

  async function left(): Promise<number> {
    const filters = { label: [`app.instance=${bench.instance}`] };
    const containers = await new Docker().listContainers({ all: true, filters });
    const { Volumes } = await new Docker().listVolumes({ filters: JSON.stringify(filters) as never });
    const directories = await readdir(join(bench.dataDir, "sandboxes")).catch(() => []);
    return containers.length + Volumes.length + directories.length;
  }

  test("S70 an installation past its limit is stopped and says so, and nothing is left of it", async () => {
    const { run, epoch, memoryMb, cpus } = bench.spec(base);
    const spec = { run, epoch, base, memoryMb, cpus, timeoutMs: 60_000 };
    const hidden = `mkdir d && cd d && ${FILL}; chmod 000 .; sleep 50`;
    const installing = bench.sandbox.install({ ...spec, command: hidden }, never);
    await expect(installing).rejects.toMatchObject({
      code: "sandbox_limit",
      details: { limit: "disk", value: "100 MiB" },
    });
    expect(await left()).toBe(0);
    const small = await bench.sandbox.install({ ...spec, command: "fallocate -l 50M fits; sleep 5" }, never);
    expect(small.layer).not.toBeNull();
  });

  test("S70 a workspace past its limit gets no further", async () => {
    const opened = await bench.sandbox.open(bench.spec(base), never);
    const filling = opened.workspace.run(script(`mkdir d; cd d; ${FILL}; chmod 000 .; sleep 25`), never);
    if (strategy === "overlay") {
      const result = await filling;
      expect(result.exitCode).toBe(9);
      expect(textOf(result.stdout)).toContain("No space left on device");
    } else {
      await expect(filling).rejects.toMatchObject({ code: "sandbox_limit", details: { limit: "disk" } });
      await expect(opened.workspace.run(script("true"), never)).rejects.toMatchObject({ code: "sandbox_limit" });
    }
    await opened.close();
    expect(await left()).toBe(0);
  });
});
