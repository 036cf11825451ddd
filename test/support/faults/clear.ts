import { join } from "node:path";
import { digestOf } from "../../../src/core/digest.ts";
import { startLocalRedis } from "../../../src/queue/local-redis.ts";
import { createDockerSandbox } from "../../../src/sandbox/docker.ts";
import { REGISTRIES, SANDBOX_IMAGE } from "../docker.ts";

/* What servers that were killed leave on the machine, away with it. */

/** The Redis of a server that was killed outlives it. */
export async function stopRedis(dataDir: string): Promise<void> {
  const redis = await startLocalRedis({ directory: join(dataDir, "redis"), searchPath: process.env["PATH"] ?? "" });
  process.kill(redis.pid, "SIGKILL");
}

/** What a killed server left: its mounts would keep the directory. */
export async function removeSandboxes(dataDir: string): Promise<void> {
  const instance = digestOf(dataDir).slice(0, 12);
  const sandbox = createDockerSandbox({ image: SANDBOX_IMAGE, instance, dataDir, registries: REGISTRIES });
  await sandbox.sweep(() => false);
  await sandbox.close();
}
