import { JourneymanError } from "../core/errors.ts";
import { sandboxName } from "../core/ids.ts";
import type { CommandResult, Installed, InstallSpec } from "../ports/sandbox.ts";
import { type Egress, openEgress } from "./egress.ts";
import { imageIdOf } from "./engine.ts";
import { assertRoom } from "./host-disk.ts";
import { Layers } from "./layers.ts";
import { removePlace } from "./place.ts";
import type { Host } from "./place.ts";
import type { Registries } from "./registry-routes.ts";
import { setUpArchive, setUpOverlay } from "./setup.ts";

export interface InstallWith {
  readonly strategy: "overlay" | "archive";
  readonly registries: Registries;
}

const nothing = { head: new Uint8Array(), tail: new Uint8Array(), totalBytes: 0 };

const keptResult = (durationMs: number): CommandResult => ({
  exitCode: 0,
  ended: "exit",
  stdout: nothing,
  stderr: nothing,
  durationMs,
});

/** Throws for causes of a failure that lie outside the command: a full disk of this host, a registry that does not answer. */
async function assertOwnFault({ dataDir }: Host, egress: Egress): Promise<void> {
  await assertRoom(dataDir);
  const [host] = egress.unreachable();
  if (host !== undefined) throw new JourneymanError("registry_unreachable", { host });
}

/**
 * Runs the setup command in a sandbox of its own that reaches the registries through the proxy, and keeps what it wrote.
 * Safe to repeat and under two processes: a layer is named by what it was made from, and appears whole or not at all.
 * Throws `sandbox_limit` when the installation takes too much space, `storage_unavailable` when the host has none left,
 * `registry_unreachable` when it fails while a registry does not answer.
 */
export async function installLayer(
  host: Host,
  spec: InstallSpec,
  options: InstallWith & { readonly signal: AbortSignal },
): Promise<Installed> {
  const { strategy, signal } = options;
  const imageId = await imageIdOf(host.engine, host.image);
  if (imageId === null) throw new JourneymanError("image_missing", { image: host.image });
  const key = Layers.key(spec.base, { command: spec.command, imageId, strategy });
  const kept = await host.layers.find(key);
  if (kept !== null) return { result: keptResult(kept.durationMs), layer: key, blocked: [] };

  const name = sandboxName(spec.run, spec.epoch, "install");
  await removePlace(host, name);
  const egress = await openEgress(options.registries);
  const { run, epoch, base, memoryMb, cpus } = spec;
  const place = { name, run, epoch, base, memoryMb, cpus, layer: null, changes: [], writable: true, install: true };
  const work = { host, place, spec, key, egress, signal };
  try {
    const result = await (strategy === "overlay" ? setUpOverlay(work) : setUpArchive(work));
    if (result.exitCode !== 0) await assertOwnFault(host, egress);
    return { result, layer: result.exitCode === 0 ? key : null, blocked: egress.blocked() };
  } finally {
    await egress.close();
    await removePlace(host, name).catch(() => 0);
  }
}
