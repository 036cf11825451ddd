import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxReport } from "../ports/sandbox.ts";
import { runHost } from "./host.ts";
import { imageIdOf, statusOf } from "./engine.ts";
import type { Host } from "./place.ts";
import { labelsOf } from "./spec.ts";

type Strategy = SandboxReport["strategy"];

/** Characters that mean something in mount options. */
const MOUNTABLE = /^\/[^:,"'\\\n]*$/;

/** Whether the engine finds a directory; a container that is never started asks it. */
async function engineSees(host: Host, name: string, directory: string): Promise<boolean> {
  const { docker } = host.engine;
  try {
    const container = await docker.createContainer({
      name,
      Image: host.image,
      NetworkDisabled: true,
      Labels: labelsOf({ instance: host.instance, run: "probe", epoch: 0 }),
      HostConfig: { Mounts: [{ Type: "bind", Source: directory, Target: "/workspace", ReadOnly: true }] },
    });
    await container.remove({ force: true }).catch(() => {});
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 400) return false;
    throw thrown;
  }
}

/**
 * Whether the engine sees our files and our mounts, as an overlay needs: a directory with a name nobody can guess, on a file
 * system mounted by this process, is there for the engine too. Names of hosts prove nothing; a container has its engine's if it
 * is told so. Null when it cannot be told, because the image is not there to ask with.
 */
export async function isLocal(host: Host): Promise<boolean | null> {
  if ((await imageIdOf(host.engine, host.image)) === null) return null;
  const name = `journeyman-probe-${randomBytes(16).toString("hex")}`;
  const mount = join(host.dataDir, name);
  await mkdir(mount, { recursive: true, mode: 0o700 });
  try {
    const mounted = await runHost(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0711", "tmpfs", mount]).then(
      () => true,
      () => false,
    );
    if (!mounted) return false;
    await mkdir(join(mount, "seen"));
    return await engineSees(host, name, join(mount, "seen"));
  } finally {
    await runHost(["umount", "--lazy", mount]).catch(() => {});
    await rm(mount, { recursive: true, force: true }).catch(() => {});
  }
}

/**
 * An overlay needs a worker that is root on the engine's own host, and paths that can stand in mount options; whatever is
 * missing, an archive will do.
 */
export async function chooseStrategy(paths: readonly string[], local: () => Promise<boolean>): Promise<Strategy> {
  const able = process.platform === "linux" && process.getuid?.() === 0 && paths.every((path) => MOUNTABLE.test(path));
  return able && (await local()) ? "overlay" : "archive";
}
