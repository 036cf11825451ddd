import { hostname } from "node:os";
import type { SandboxReport } from "../ports/sandbox.ts";
import type { Host } from "./place.ts";

type Strategy = SandboxReport["strategy"];

/** Characters that mean something in mount options. */
const MOUNTABLE = /^\/[^:,"'\\\n]*$/;

/** Whether the engine runs on this very host, so that it sees the same directories. */
export async function isLocal(host: Host): Promise<boolean> {
  if (!host.engine.address.startsWith("unix://")) return false;
  const info: unknown = await host.engine.docker.info();
  return typeof info === "object" && info !== null && "Name" in info && info.Name === hostname();
}

/**
 * An overlay needs a worker that is root on the engine's own host, and paths that can stand in mount options; whatever is
 * missing, an archive will do.
 */
export async function chooseStrategy(paths: readonly string[], local: () => Promise<boolean>): Promise<Strategy> {
  const able = process.platform === "linux" && process.getuid?.() === 0 && paths.every((path) => MOUNTABLE.test(path));
  return able && (await local()) ? "overlay" : "archive";
}
