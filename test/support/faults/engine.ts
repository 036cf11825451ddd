import Docker from "dockerode";
import { digestOf } from "../../../src/core/digest.ts";

/* What one instance has on the Docker engine, told by its label. */

export interface Leftovers {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

const docker = new Docker();

const filtersOf = (dataDir: string) => ({ label: [`app.instance=${digestOf(dataDir).slice(0, 12)}`] });

/** Names of everything that carries the instance's label, stopped containers included. */
export async function leftoversOf(dataDir: string): Promise<Leftovers> {
  const filters = filtersOf(dataDir);
  const [containers, { Volumes: volumes }, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters: JSON.stringify(filters) as never }),
    docker.listNetworks({ filters }),
  ]);
  return {
    containers: containers.map(({ Names }) => Names[0] ?? ""),
    volumes: volumes.map(({ Name }) => Name),
    networks: networks.map(({ Name }) => Name),
  };
}

/** All that the engine tells of the instance's containers, as `docker inspect` would print it. */
export async function inspected(dataDir: string): Promise<string> {
  const containers = await docker.listContainers({ all: true, filters: filtersOf(dataDir) });
  const all = containers.map(({ Id }) =>
    docker
      .getContainer(Id)
      .inspect()
      .catch(() => null),
  );
  return JSON.stringify(await Promise.all(all));
}
