import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Collected, WorkspaceSpec } from "../ports/sandbox.ts";
import type { Channel } from "./channel.ts";
import { checkpointTar } from "./checkpoint.ts";
import { collectFromOverlay } from "./collect.ts";
import { watchDirectory } from "./disk-watch.ts";
import { startContainer } from "./engine.ts";
import { hostProgram, unpackHere } from "./host.ts";
import { containerSettings } from "./place.ts";
import type { Host, Place } from "./place.ts";
import { makeScratch } from "./scratch.ts";
import type { Scratch } from "./scratch.ts";

/**
 * Starts a sandbox whose workspace is an overlay: the base tree (and a dependency layer) below, what the run changes above.
 * The kernel keeps the list of changes, so nothing inside can lie about it.
 */
export async function startOverlay(
  host: Host,
  place: Place,
): Promise<{ readonly channel: Channel; readonly scratch: Scratch }> {
  const lower = [place.base.directory];
  if (place.layer !== null) {
    if ((await host.layers.find(place.layer)) === null)
      throw new JourneymanError("sandbox_lost", { reason: "its dependency layer is gone" });
    lower.unshift(host.layers.directory(place.layer));
  }
  // Nobody can write where the mount is read-only, and an installation's directory is kept by renaming it.
  const scratch = await makeScratch(
    host.dataDir,
    place.name,
    place.writable && !place.install ? host.disk.workspace : null,
  );
  if (place.changes.length > 0) await unpackHere(checkpointTar(place.changes, { whiteouts: true }), scratch.upper);
  const volume = { kind: "overlay", lower, upper: scratch.upper, work: scratch.work } as const;
  const channel = await startContainer(
    host.engine,
    containerSettings(host, place, { volume, writable: place.writable }),
  );
  if (place.install) watchDirectory(channel, host.disk.layer, scratch.upper);
  return { channel, scratch };
}

/** Whether a directory holds a path, which comes from the sandbox: one that climbs is held by none. */
const holds = (directory: string) => (path: string) =>
  !path.split("/").includes("..") && lstatSync(join(directory, path), { throwIfNoEntry: false }) !== undefined;

const PACK_UPPER = [
  "--create",
  "--format=posix",
  "--xattrs",
  "--xattrs-include=trusted.overlay.*",
  "--numeric-owner",
  "--one-file-system",
  "--anchored",
  "--exclude=./.git",
];

/** Reads the difference out of the upper directory. Everything in the sandbox has to be still. */
export async function collectOverlay(
  host: Host,
  upper: string,
  place: Pick<WorkspaceSpec, "base" | "layer" | "ignored"> & { readonly signal: AbortSignal },
): Promise<Collected> {
  const { base, ignored, signal } = place;
  if ((await readdir(upper)).length === 0) return { files: [], deleted: [], refused: [], ignored: 0 };
  const tar = hostProgram(["tar", ...PACK_UPPER, "-C", upper, "."]);
  try {
    const layer = place.layer === null ? null : holds(host.layers.directory(place.layer));
    const collected = await collectFromOverlay(tar.stdout, base, { ignored, signal, ...(layer !== null && { layer }) });
    // One that was not read to its end because there was too much of it has nothing left to say.
    if (tar.stdout.readableEnded) await tar.done;
    return collected;
  } finally {
    tar.kill();
  }
}
