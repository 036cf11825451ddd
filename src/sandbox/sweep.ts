import { LABELS, ownerOf } from "./spec.ts";
import { removePlace } from "./place.ts";
import type { Host } from "./place.ts";
import { scratchNames } from "./scratch.ts";

const NAME = /^journeyman-([0-9a-z]{26})-(\d+)-/;

/**
 * Removes containers, volumes and scratch directories of this instance that nobody owns. What belongs to whom is told by
 * labels, and for directories by their names; nothing else on the engine is looked at (S76).
 */
export async function sweepSandboxes(
  host: Host,
  owned: (run: string, epoch: number) => boolean | Promise<boolean>,
): Promise<number> {
  const filters = { label: [`${LABELS.instance}=${host.instance}`] };
  const { docker } = host.engine;
  const [containers, volumes, directories] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters: JSON.stringify(filters) as never }),
    scratchNames(host.dataDir),
  ]);
  const names = new Set<string>();
  const consider = async (name: string, run: string, epoch: number) => {
    if (!(await owned(run, epoch))) names.add(name);
  };
  for (const { Names, Labels } of containers) {
    const owner = ownerOf(Labels);
    if (owner !== null) await consider((Names[0] ?? "").replace(/^\//, ""), owner.run, owner.epoch);
  }
  for (const { Name, Labels } of volumes.Volumes) {
    const owner = ownerOf(Labels);
    if (owner !== null) await consider(Name, owner.run, owner.epoch);
  }
  for (const name of directories) {
    const [, run, epoch] = NAME.exec(name) ?? [];
    if (run !== undefined) await consider(name, run, Number(epoch));
  }
  let removed = 0;
  for (const name of names) removed += await removePlace(host, name).catch(() => 0);
  return removed;
}
