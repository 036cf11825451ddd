import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import { SANDBOX_IMAGE } from "../../test/support/docker.ts";

/* The plain way with Docker: create, start, exec. What a sandbox is measured against. */

const docker = new Docker();

export interface BareContainer {
  exec(argv: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Starts a container of the sandbox's image that only sleeps. `bind` is mounted at /workspace. */
export async function startBareContainer(bind: string | null = null): Promise<BareContainer> {
  const container = await docker.createContainer({
    Image: SANDBOX_IMAGE,
    Entrypoint: ["sleep", "600"],
    HostConfig: { NetworkMode: "none", Binds: bind === null ? [] : [`${bind}:/workspace`] },
  });
  await container.start();
  return {
    async exec(argv) {
      const command = { Cmd: [...argv], WorkingDir: "/workspace", AttachStdout: true, AttachStderr: true };
      const exec = await container.exec(command);
      const stream = await exec.start({ hijack: true, stdin: false });
      const output = new PassThrough();
      docker.modem.demuxStream(stream, output, output);
      output.resume();
      await once(stream, "end");
      await exec.inspect();
    },
    remove: () => container.remove({ force: true }),
  };
}

export interface Footprint {
  /** Charged to the container's group, page cache of its own included, in MB. */
  readonly chargedMb: number;
  /** The container's first process on this host, and the process that looks after the container. */
  readonly pid: number;
  readonly keeperPid: number;
}

/** What the kernel charges to a running container. */
export async function footprintOf(name: string): Promise<Footprint> {
  const container = docker.getContainer(name);
  const { State } = await container.inspect();
  const { memory_stats: memory } = await container.stats({ stream: false });
  const status = await readFile(`/proc/${State.Pid}/status`, "utf8");
  const keeperPid = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
  return { chargedMb: memory.usage / 1024 ** 2, pid: State.Pid, keeperPid };
}
