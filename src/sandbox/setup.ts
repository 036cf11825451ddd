import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import type { CommandResult, InstallSpec } from "../ports/sandbox.ts";
import { outputOf, PACK, startArchive } from "./archive.ts";
import type { Channel } from "./channel.ts";
import type { Egress } from "./egress.ts";
import { removeContainer } from "./engine.ts";
import { startOverlay } from "./overlay.ts";
import type { Host, Place } from "./place.ts";
import { scratchDirectory } from "./scratch.ts";
import { runCommand } from "./workspace.ts";

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
  readonly egress: Egress;
  readonly signal: AbortSignal;
}

async function runSetup(channel: Channel, { spec, egress, signal }: Setup): Promise<CommandResult> {
  channel.carryConnections(() => egress.dial());
  const argv = ["bash", "-c", spec.command];
  const result = await runCommand(channel, { argv, timeoutMs: spec.timeoutMs }, signal);
  await channel.killAll();
  return result;
}

/** Keeps the overlay's upper directory, when the command exits 0. Throws `sandbox_limit` when it takes too much space. */
export async function setUpOverlay(work: Setup): Promise<CommandResult> {
  const { host, place, key } = work;
  const { channel, scratch } = await startOverlay(host, place);
  try {
    const result = await runSetup(channel, work);
    if (result.exitCode === 0) {
      channel.close();
      await removeContainer(host.engine, place.name);
      await host.layers.keep(key, scratch.upper, { durationMs: result.durationMs, files: null });
    }
    return result;
  } finally {
    channel.close();
  }
}

/** Keeps a tar of the whole tree, when the command exits 0. Throws `sandbox_limit` when it takes too much space. */
export async function setUpArchive(work: Setup): Promise<CommandResult> {
  const { host, place, key } = work;
  const channel = await startArchive(host, place);
  try {
    const result = await runSetup(channel, work);
    if (result.exitCode === 0) {
      const directory = scratchDirectory(host.dataDir, place.name);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const tar = join(directory, "layer.tar");
      await pipeline(outputOf(channel, PACK), createWriteStream(tar));
      await host.layers.keep(key, tar, { durationMs: result.durationMs, files: await listTar(tar) });
    }
    return result;
  } finally {
    channel.close();
  }
}
