import { JourneymanError } from "../core/errors.ts";
import { sandboxName } from "../core/ids.ts";
import type { OpenWorkspace, Workspace, WorkspaceSpec } from "../ports/sandbox.ts";
import { collectArchive, startArchive } from "./archive.ts";
import type { Channel } from "./channel.ts";
import { assertRoom } from "./host-disk.ts";
import { collectOverlay, startOverlay } from "./overlay.ts";
import { removePlace } from "./place.ts";
import type { Host, Place } from "./place.ts";
import { workspaceOver } from "./workspace.ts";

type Strategy = OpenWorkspace["strategy"];

interface Reading {
  collect(signal: AbortSignal): ReturnType<OpenWorkspace["collect"]>;
  readonly channel: Channel;
}

async function start(host: Host, strategy: Strategy, spec: WorkspaceSpec): Promise<Reading> {
  const place: Place = { ...spec, name: sandboxName(spec.run, spec.epoch, spec.purpose), install: false };
  const { base, layer, ignored } = spec;
  // What a dead worker left under this name; its files must not be taken for ours.
  await removePlace(host, place.name);
  if (strategy === "archive") {
    const channel = await startArchive(host, place);
    return { channel, collect: (signal) => collectArchive(host, channel, { base, layer, ignored, signal }) };
  }
  const { channel, scratch } = await startOverlay(host, place);
  return { channel, collect: (signal) => collectOverlay(host, scratch.upper, { base, layer, ignored, signal }) };
}

/**
 * A command that ends on a full disk of this host says nothing of the work: it is not told to the model, and no test has failed.
 * Throws `storage_unavailable` then.
 */
const withRoom = (workspace: Workspace, { dataDir }: Host): Workspace => ({
  ...workspace,
  async run(command, signal) {
    const result = await workspace.run(command, signal);
    await assertRoom(dataDir);
    return result;
  },
  async writeFile(path, bytes, signal) {
    const written = await workspace.writeFile(path, bytes, signal);
    await assertRoom(dataDir);
    return written;
  },
});

function asWorkspace(
  host: Host,
  opened: Reading & { readonly name: string; readonly strategy: Strategy },
): OpenWorkspace {
  const { channel, name, strategy } = opened;
  return {
    workspace: withRoom(workspaceOver(channel), host),
    strategy,
    killAll: () => channel.killAll(),
    async collect(signal) {
      await channel.killAll();
      const collected = await inTime(strategy, signal, (limited) => opened.collect(limited));
      await assertRoom(host.dataDir);
      return collected;
    },
    async close() {
      channel.close();
      // What cannot be removed now keeps its labels; the sweep comes by later.
      await removePlace(host, name).catch(() => 0);
    },
  };
}

/** How long a reading may take (S56): what a change costs in an overlay; of an archive the whole tree comes over the wire. */
const COLLECT_MS: Readonly<Record<Strategy, number>> = { overlay: 10_000, archive: 60_000 };

/** `signal`, or `sandbox_limit` when the time is up. The timer ends with the reading. */
async function inTime<Result>(
  strategy: Strategy,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const value = `${COLLECT_MS[strategy] / 1000} s`;
  const timer = setTimeout(
    () => late.abort(new JourneymanError("sandbox_limit", { limit: "reading time", value })),
    COLLECT_MS[strategy],
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a sandbox. When that fails, nothing of it is left. */
export async function openSandbox(host: Host, strategy: Strategy, spec: WorkspaceSpec): Promise<OpenWorkspace> {
  const name = sandboxName(spec.run, spec.epoch, spec.purpose);
  await assertRoom(host.dataDir);
  try {
    return asWorkspace(host, { ...(await start(host, strategy, spec)), name, strategy });
  } catch (thrown) {
    await removePlace(host, name).catch(() => 0);
    throw thrown;
  }
}
