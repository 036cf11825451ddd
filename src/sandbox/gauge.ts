import type { Channel } from "./channel.ts";
import { watchDisk } from "./disk-watch.ts";
import { startWith } from "./engine.ts";
import type { Host } from "./place.ts";
import { gaugeName, gaugeOptions } from "./spec.ts";
import type { ContainerSettings } from "./spec.ts";

const MEASURE_TIMEOUT_MS = 60_000;

async function total(gauge: Channel, unit: string): Promise<number> {
  let printed = "";
  const running = gauge.run({
    argv: ["du", "-sx", unit, "/workspace"],
    cwd: "",
    separate: true,
    stdin: null,
    timeoutMs: MEASURE_TIMEOUT_MS,
    outputCap: 64 * 1024,
    onOutput: (stream, bytes) => void (stream === "stdout" && (printed += bytes.toString())),
  });
  await running.finished;
  return Number.parseInt(printed, 10);
}

/** After the sandbox is gone: the engine may have made its volume anew for the gauge. Another sandbox's is in use, and stays. */
async function removeGauge({ engine }: Host, sandbox: string): Promise<void> {
  const gone = () => {};
  await engine.docker.getContainer(gaugeName(sandbox)).remove({ force: true }).catch(gone);
  await engine.docker.getVolume(sandbox).remove().catch(gone);
}

/**
 * Watches a sandbox's volume from a container of its own, which is started when it is first needed: most sandboxes are gone
 * before that. It is removed with its sandbox.
 */
export function watchVolume(
  host: Host,
  settings: ContainerSettings,
  sandbox: { readonly channel: Channel; readonly maxMib: number },
): void {
  let gauge: Channel | null = null;
  watchDisk(sandbox.channel, sandbox.maxMib, async () => {
    gauge ??= await startWith(host.engine, gaugeOptions(settings));
    if (sandbox.channel.isOver) await removeGauge(host, settings.name);
    return { mib: await total(gauge, "--block-size=1M"), files: await total(gauge, "--inodes") };
  });
}
