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
}

/** A sandbox to be made. */
export interface Place extends Omit<WorkspaceSpec, "purpose" | "ignored"> {
  readonly name: string;
  /** Set while dependencies are installed. `directory` holds the proxy's socket; null when there is none to reach. */
  readonly install: { readonly directory: string | null } | null;
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
  egressDirectory: place.install?.directory ?? null,
  environment: place.install === null ? [] : INSTALL_ENVIRONMENT,
  ...from,
});

/** Removes all that carries a sandbox's name. Safe to repeat. Returns how many things went. */
export async function removePlace(host: Host, name: string): Promise<number> {
  const containers = await removeContainer(host.engine, name);
  return containers + ((await removeScratch(host.dataDir, name)) ? 1 : 0);
}
