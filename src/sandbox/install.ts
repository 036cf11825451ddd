import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { sandboxName } from "../core/ids.ts";
import type { CommandResult, Installed, InstallSpec } from "../ports/sandbox.ts";
import { outputOf, PACK, startArchive } from "./archive.ts";
import type { Channel } from "./channel.ts";
import { openEgress, startForwarder } from "./egress.ts";
import type { Registries } from "./registry-routes.ts";
import { removeContainer } from "./engine.ts";
import { runHost } from "./host.ts";
import { Layers } from "./layers.ts";
import { startOverlay } from "./overlay.ts";
import { removePlace } from "./place.ts";
import type { Host, Place } from "./place.ts";
import { makeScratch } from "./scratch.ts";
import { runCommand } from "./workspace.ts";

/** Space an installation may take on this host; looked at every two seconds (S70). */
const MAX_LAYER_MIB = 6 * 1024;
const WATCH_MS = 2_000;

export interface InstallWith {
  readonly strategy: "overlay" | "archive";
  /** Null when the engine cannot mount a directory of this host: then there is no registry to reach. */
  readonly registries: Registries | null;
  readonly imageId: string;
}

const nothing = { head: new Uint8Array(), tail: new Uint8Array(), totalBytes: 0 };

const keptResult = (durationMs: number): CommandResult => ({
  exitCode: 0,
  ended: "exit",
  stdout: nothing,
  stderr: nothing,
  durationMs,
});

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

interface Work {
  readonly host: Host;
  readonly place: Place;
  readonly spec: InstallSpec;
  readonly key: string;
  readonly signal: AbortSignal;
}

async function runSetup(channel: Channel, { spec, place, signal }: Work): Promise<CommandResult> {
  if (place.install?.directory != null) await startForwarder(channel);
  const argv = ["bash", "-c", spec.command];
  const result = await runCommand(channel, { argv, timeoutMs: spec.timeoutMs }, signal);
  await channel.killAll();
  return result;
}

async function installOverlay(work: Work): Promise<CommandResult> {
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

async function installArchive(work: Work): Promise<CommandResult> {
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

/**
 * Runs the setup command in a sandbox of its own that reaches the registries through the proxy, and keeps what it wrote.
 * Safe to repeat and under two processes: a layer is named by what it was made from, and appears whole or not at all.
 */
export async function installLayer(
  host: Host,
  spec: InstallSpec,
  options: InstallWith & { readonly signal: AbortSignal },
): Promise<Installed> {
  const { strategy, imageId, signal } = options;
  const key = Layers.key(spec.base, { command: spec.command, imageId, strategy });
  const kept = await host.layers.find(key);
  if (kept !== null) return { result: keptResult(kept.durationMs), layer: key, blocked: [] };

  const name = sandboxName(spec.run, spec.epoch, "install");
  await removePlace(host, name);
  const egress = options.registries === null ? null : await openEgress(options.registries);
  const { run, epoch, base, memoryMb, cpus } = spec;
  const install = { directory: egress?.directory ?? null };
  const place = { name, run, epoch, base, memoryMb, cpus, layer: null, changes: [], writable: true, install };
  const work = { host, place, spec, key, signal };
  try {
    const result = await (strategy === "overlay" ? installOverlay(work) : installArchive(work));
    return { result, layer: result.exitCode === 0 ? key : null, blocked: egress?.blocked() ?? [] };
  } finally {
    await egress?.close();
    await removePlace(host, name).catch(() => 0);
  }
}
