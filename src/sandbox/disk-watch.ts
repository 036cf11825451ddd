import { JourneymanError } from "../core/errors.ts";
import type { Channel } from "./channel.ts";
import { hostProgram } from "./host.ts";

/** What a directory takes. */
export interface Usage {
  readonly mib: number;
  readonly files: number;
}

const WATCH_MS = 2_000;
/** A look takes at most one part in this many of the machine's time. */
const REST = 4;
const MAX_FILES = 1_000_000;
const MAX_FAILURES = 5;

/** What a measurement says against a sandbox; null when it is nothing. */
const excessOf = (used: Usage, maxMib: number): string | null =>
  used.mib > maxMib ? `${maxMib} MiB` : used.files > MAX_FILES ? `${MAX_FILES} files` : null;

/**
 * Gives a sandbox up with `sandbox_limit` once it takes more than `maxMib`, or with `sandbox_lost` when that cannot be told (S70):
 * for where nothing in the kernel holds it back. Looks every two seconds, less often at large trees, until the sandbox is over.
 */
export function watchDisk(channel: Channel, maxMib: number, measure: () => Promise<Usage>): void {
  let failures = 0;
  const look = async (): Promise<void> => {
    if (channel.isOver) return;
    const began = performance.now();
    const used = await measure().catch(() => null);
    if (channel.isOver) return;
    const known = used !== null && !Number.isNaN(used.mib) && !Number.isNaN(used.files);
    failures = known ? 0 : failures + 1;
    const value = known ? excessOf(used, maxMib) : null;
    if (value !== null) return channel.giveUp(new JourneymanError("sandbox_limit", { limit: "disk", value }));
    if (failures >= MAX_FAILURES)
      return channel.giveUp(new JourneymanError("sandbox_lost", { reason: "its disk cannot be measured" }));
    wait(Math.max(WATCH_MS, REST * (performance.now() - began)));
  };
  const wait = (ms: number): void => void setTimeout(() => void look(), ms).unref();
  wait(WATCH_MS);
}

/** What `du` finds in all. What it says of entries that go while it counts is no reason to stop. */
async function total(unit: string, directory: string): Promise<number> {
  let printed = "";
  const du = hostProgram(["du", "-sx", unit, directory]);
  du.stdout.on("data", (bytes: Buffer) => (printed += bytes.toString()));
  await du.done.catch(() => {});
  return Number.parseInt(printed, 10);
}

/** Watches a directory of this host, which a sandbox fills. */
export const watchDirectory = (channel: Channel, maxMib: number, directory: string): void =>
  watchDisk(channel, maxMib, async () => ({
    mib: await total("--block-size=1M", directory),
    files: await total("--inodes", directory),
  }));
