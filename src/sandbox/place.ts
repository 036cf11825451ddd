import type { WorkspaceSpec } from "../ports/sandbox.ts";
import { removeContainer } from "./engine.ts";
import type { Engine } from "./engine.ts";
import type { Layers } from "./layers.ts";
import { removeScratch } from "./scratch.ts";
import { INSTALL_ENVIRONMENT } from "./spec.ts";
import type { ContainerSettings } from "./spec.ts";

/** What the files of this folder share: the engine, and where this instance keeps things on its host. */
export interface Host {
  readonly engine: Engine;
  readonly image: string;
  readonly instance: string;
  readonly dataDir: string;
  readonly layers: Layers;
  readonly disk: DiskLimits;
}

/** In MiB. */
export interface DiskLimits {
  /** Of a sandbox's changes; where its workspace is a plain volume, of all its files. */
  readonly workspace: number;
  /** Of an installation. */
  readonly layer: number;
}

/** A sandbox to be made. */
export interface Place extends Omit<WorkspaceSpec, "purpose" | "ignored"> {
  readonly name: string;
  /** Whether this is the sandbox in which dependencies are installed, the only one that reaches registries. */
  readonly install: boolean;
}

export const containerSettings = (
  host: Host,
  place: Place,
  from: Pick<ContainerSettings, "volume" | "writable">,
): ContainerSettings => ({
  image: host.image,
  name: place.name,
  owner: { instance: host.instance, run: place.run, epoch: place.epoch },
  memoryMb: place.memoryMb,
  cpus: place.cpus,
  egress: place.install,
  environment: place.install ? INSTALL_ENVIRONMENT : [],
  ...from,
});

/** Removes all that carries a sandbox's name. Safe to repeat. Returns how many things went. */
export async function removePlace(host: Host, name: string): Promise<number> {
  const containers = await removeContainer(host.engine, name);
  return containers + ((await removeScratch(host.dataDir, name)) ? 1 : 0);
}
