import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { Collected, WorkspaceSpec } from "../ports/sandbox.ts";
import type { Channel } from "./channel.ts";
import { checkpointTar } from "./checkpoint.ts";
import { collectFromArchive } from "./collect.ts";
import { startContainer } from "./engine.ts";
import type { ExitFrame } from "./frames.ts";
import { watchVolume } from "./gauge.ts";
import { hostProgram } from "./host.ts";
import { containerSettings } from "./place.ts";
import type { Host, Place } from "./place.ts";

const COPY_TIMEOUT_MS = 600_000;

/** Runs a command of ours inside, fed from `stdin`. Throws `sandbox_lost` unless it exits 0. */
async function feedCommand(channel: Channel, argv: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<void> {
  let said = "";
  const running = channel.run({
    argv,
    cwd: "",
    separate: false,
    stdin,
    timeoutMs: COPY_TIMEOUT_MS,
    outputCap: 1024 * 1024,
    onOutput: (_, bytes) => (said = (said + bytes.toString()).slice(-500)),
  });
  const exit = await running.finished;
  if (exit.ended === "exit" && exit.code === 0) return;
  throw new JourneymanError("sandbox_lost", { reason: "its workspace could not be filled" }, { cause: said });
}

async function endWith(output: Readable, finished: Promise<ExitFrame>): Promise<void> {
  try {
    const exit = await finished;
    if (exit.ended === "exit" && exit.code === 0) output.push(null);
    else output.destroy(new JourneymanError("sandbox_lost", { reason: "its workspace could not be read" }));
  } catch (lost) {
    output.destroy(asJourneymanError(lost));
  }
}

/** A command's stdout as a stream that ends when the command exits 0 and fails otherwise. */
export function outputOf(channel: Channel, argv: readonly string[]): Readable {
  const output = new Readable({ read: () => channel.resume() });
  const running = channel.run({
    argv,
    cwd: "",
    separate: true,
    stdin: null,
    timeoutMs: COPY_TIMEOUT_MS,
    outputCap: 0,
    onOutput: (stream, bytes) => {
      if (stream === "stdout" && !output.destroyed && !output.push(bytes)) channel.pause();
    },
  });
  output.on("close", () => {
    running.kill();
    channel.resume();
  });
  void endWith(output, running.finished);
  return output;
}

const UNPACK = ["tar", "--extract", "--no-same-owner", "--same-permissions", "-C", "/workspace"];
/** The whole workspace but the model's own repository. */
export const PACK = ["tar", "--create", "--format=posix", "--anchored", "--exclude=./.git", "-C", "/workspace", "."];

/** Base tree or layer, then the checkpoint, into an empty workspace. */
async function fill(host: Host, place: Place, channel: Channel): Promise<void> {
  if (place.layer === null) {
    const tar = hostProgram(["tar", "--create", "--format=posix", "-C", place.base.directory, "."]);
    await feedCommand(channel, UNPACK, tar.stdout);
    await tar.done;
  } else await feedCommand(channel, UNPACK, createReadStream(host.layers.tarball(place.layer)));
  // Deleted paths first: then none of the others leads through a link of the base tree.
  const deleted = place.changes.filter(({ change }) => change.status === "deleted");
  const replaced = place.changes.filter(({ change }) => change.status !== "deleted");
  if (place.changes.length > 0) {
    const list = Buffer.from([...deleted, ...replaced].map(({ change }) => `./${change.path}\0`).join(""));
    await feedCommand(channel, ["xargs", "--null", "rm", "-rf", "--"], Readable.from([list]));
    await feedCommand(channel, UNPACK, checkpointTar(place.changes, { whiteouts: false }));
  }
}

/** Starts a sandbox whose workspace is a plain volume, filled through the channel: works with any engine. */
export async function startArchive(host: Host, place: Place): Promise<Channel> {
  if (place.layer !== null && (await host.layers.find(place.layer)) === null)
    throw new JourneymanError("sandbox_lost", { reason: "its dependency layer is gone" });
  const volume = { kind: "plain" } as const;
  const settings = containerSettings(host, place, { volume, writable: true });
  const filler = await startContainer(host.engine, settings);
  await fill(host, place, filler);
  if (place.writable) {
    watchVolume(host, settings, { channel: filler, maxMib: place.install ? host.disk.layer : host.disk.workspace });
    return filler;
  }
  filler.close();
  // The volume stays: only the mount becomes read-only.
  await host.engine.docker.getContainer(place.name).remove({ force: true });
  return await startContainer(host.engine, { ...settings, writable: false });
}

/** Reads the whole tree out of the sandbox and compares it. Everything in the sandbox has to be still. */
export async function collectArchive(
  host: Host,
  channel: Channel,
  place: Pick<WorkspaceSpec, "base" | "layer" | "ignored"> & { readonly signal: AbortSignal },
): Promise<Collected> {
  const { base, ignored, signal } = place;
  const record = place.layer === null ? null : await host.layers.find(place.layer);
  const layer = record?.files == null ? null : new Map(Object.entries(record.files));
  const tar = outputOf(channel, PACK);
  const collected = await collectFromArchive(tar, base, { ignored, signal, ...(layer !== null && { layer }) });
  // What the installation itself deleted is no change of the run.
  const deleted = collected.deleted.filter((path) => layer?.has(path) ?? true);
  return { ...collected, deleted };
}
