import type { OpenWorkspace, Sandbox, SandboxReport } from "../ports/sandbox.ts";
import { connectEngine, engineError, imageIdOf } from "./engine.ts";
import { diskFailure } from "./host-disk.ts";
import { installLayer } from "./install.ts";
import { Layers } from "./layers.ts";
import { openSandbox } from "./open.ts";
import type { DiskLimits, Host } from "./place.ts";
import type { Registries } from "./registry-routes.ts";
import { chooseStrategy, isLocal } from "./strategy.ts";
import { sweepSandboxes } from "./sweep.ts";

export interface DockerSandboxOptions {
  /** `unix:///path` or `tcp://host:port`; without it the engine's usual socket. */
  readonly dockerHost?: string;
  readonly image: string;
  /** Names this installation of the program in the labels of all it makes. */
  readonly instance: string;
  /** Absolute. Scratch directories and dependency layers are kept below it. */
  readonly dataDir: string;
  readonly registries: Registries;
  readonly disk?: Partial<DiskLimits>;
  /** Longest that the engine may keep silent over a request, in milliseconds; a minute unless told. */
  readonly answerMs?: number;
  /** Chosen by itself when not given: `overlay` when this process is root on the engine's own host. */
  readonly strategy?: SandboxReport["strategy"];
}

const DISK: DiskLimits = { workspace: 8 * 1024, layer: 6 * 1024 };

/** Runs `work`; what it throws becomes one of our errors. */
async function guarded<Result>(host: Host, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw (await diskFailure(host.dataDir, thrown)) ?? engineError(host.engine, thrown);
  }
}

async function reportOn(host: Host, strategy: SandboxReport["strategy"]): Promise<SandboxReport> {
  const version = await host.engine.docker.version();
  const runcVersion = version.Components?.find(({ Name }) => Name === "runc")?.Version ?? "unknown";
  return { engineVersion: version.Version, runcVersion, imageId: await imageIdOf(host.engine, host.image), strategy };
}

/** Sandboxes as containers of a Docker engine. `close` ends what this process still has open. */
export function createDockerSandbox(options: DockerSandboxOptions): Sandbox & { close(): Promise<void> } {
  const { image, instance, dataDir } = options;
  const engine = connectEngine(options.dockerHost ?? "", options.answerMs);
  const host: Host = {
    engine,
    image,
    instance,
    dataDir,
    layers: new Layers(dataDir),
    disk: { ...DISK, ...options.disk },
  };
  const open = new Set<OpenWorkspace>();
  let known: boolean | null = null;
  const local = async () => (known ??= await isLocal(host)) ?? false;
  const strategyFor = async (paths: readonly string[]) => options.strategy ?? (await chooseStrategy(paths, local));

  return {
    open: (spec, signal) =>
      guarded(host, async () => {
        signal.throwIfAborted();
        const opened = await openSandbox(host, await strategyFor([dataDir, spec.base.directory]), spec);
        const tracked: OpenWorkspace = {
          ...opened,
          close: async () => {
            open.delete(tracked);
            await opened.close();
          },
        };
        open.add(tracked);
        return tracked;
      }),

    install: (spec, signal) =>
      guarded(host, async () => {
        signal.throwIfAborted();
        const strategy = await strategyFor([dataDir, spec.base.directory]);
        return await installLayer(host, spec, { strategy, registries: options.registries, signal });
      }),

    sweep: (owned) =>
      guarded(host, async () => (await sweepSandboxes(host, owned)) + (await host.layers.prune(Date.now()))),

    report: () => guarded(host, async () => reportOn(host, await strategyFor([dataDir]))),

    async close() {
      await Promise.all([...open].map((opened) => opened.close()));
    },
  };
}
