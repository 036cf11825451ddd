import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import type { CommandResult, InstallSpec } from "../ports/sandbox.ts";
import { outputOf, PACK, startArchive } from "./archive.ts";
import type { Channel } from "./channel.ts";
import { startForwarder } from "./egress.ts";
import { removeContainer } from "./engine.ts";
import { runHost } from "./host.ts";
import { startOverlay } from "./overlay.ts";
import type { Host, Place } from "./place.ts";
import { makeScratch } from "./scratch.ts";
import { runCommand } from "./workspace.ts";

/** Space an installation may take on this host; looked at every two seconds (S70). */
const MAX_LAYER_MIB = 6 * 1024;
const WATCH_MS = 2_000;

/** Stops everything in the sandbox once its directory has grown past the limit. */
function watchSize(directory: string, channel: Channel): NodeJS.Timeout {
  const look = async () => {
    const used = Number.parseInt(await runHost(["du", "-sx", "--block-size=1M", directory]), 10);
    if (used > MAX_LAYER_MIB) await channel.killAll();
  };
  // A directory that changes while it is counted makes `du` complain; the next look will do.
  return setInterval(() => void look().catch(() => {}), WATCH_MS);
}

/** Path to git blob id of every file and link in a tar of our own making. */
async function listTar(path: string): Promise<Record<string, string>> {
  const files: [string, string][] = [];
  const reader = extract();
  createReadStream(path).pipe(reader);
  for await (const entry of reader) {
    const { name, type, size, linkname } = entry.header;
    const content = type === "symlink" ? Buffer.from(linkname ?? "") : null;
    const hash = createHash("sha1").update(`blob ${content?.byteLength ?? size ?? 0}\0`);
    if (content !== null) hash.update(content);
    for await (const bytes of entry) hash.update(bytes as Buffer);
    if (type === "file" || type === "symlink") files.push([name.replace(/^\.\//, ""), hash.digest("hex")]);
  }
  return Object.fromEntries(files);
}

/** One run of a setup command, and the key its layer is kept by. */
export interface Setup {
  readonly host: Host;
  readonly place: Place;
  readonly spec: InstallSpec;
  readonly key: string;
  readonly signal: AbortSignal;
}

async function runSetup(channel: Channel, { spec, place, signal }: Setup): Promise<CommandResult> {
  if (place.install?.directory != null) await startForwarder(channel);
  const argv = ["bash", "-c", spec.command];
  const result = await runCommand(channel, { argv, timeoutMs: spec.timeoutMs }, signal);
  await channel.killAll();
  return result;
}

/** Keeps the overlay's upper directory, when the command exits 0. */
export async function setUpOverlay(work: Setup): Promise<CommandResult> {
  const { host, place, key } = work;
  const { channel, scratch } = await startOverlay(host, place);
  const watch = watchSize(scratch.upper, channel);
  try {
    const result = await runSetup(channel, work);
    if (result.exitCode === 0) {
      channel.close();
      await removeContainer(host.engine, place.name);
      await host.layers.keep(key, scratch.upper, { durationMs: result.durationMs, files: null });
    }
    return result;
  } finally {
    clearInterval(watch);
    channel.close();
  }
}

/** Keeps a tar of the whole tree, when the command exits 0. */
export async function setUpArchive(work: Setup): Promise<CommandResult> {
  const { host, place, key } = work;
  const channel = await startArchive(host, place);
  try {
    const result = await runSetup(channel, work);
    if (result.exitCode === 0) {
      const scratch = await makeScratch(host.dataDir, place.name, false);
      const tar = join(scratch.directory, "layer.tar");
      await pipeline(outputOf(channel, PACK), createWriteStream(tar));
      await host.layers.keep(key, tar, { durationMs: result.durationMs, files: await listTar(tar) });
    }
    return result;
  } finally {
    channel.close();
  }
}
