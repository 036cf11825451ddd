import { hostname } from "node:os";
import { JourneymanError } from "../core/errors.ts";
import { sandboxName } from "../core/ids.ts";
import type { OpenWorkspace, Sandbox, SandboxReport, WorkspaceSpec } from "../ports/sandbox.ts";
import { collectArchive, startArchive } from "./archive.ts";
import type { Channel } from "./channel.ts";
import type { Registries } from "./registry-routes.ts";
import { connectEngine, engineError, statusOf } from "./engine.ts";
import { installLayer } from "./install.ts";
import { Layers } from "./layers.ts";
import { collectOverlay, MOUNTABLE, startOverlay } from "./overlay.ts";
import { removePlace } from "./place.ts";
import type { Host, Place } from "./place.ts";
import { sweepSandboxes } from "./sweep.ts";
import { workspaceOver } from "./workspace.ts";

export interface DockerSandboxOptions {
  /** `unix:///path` or `tcp://host:port`; without it the engine's usual socket. */
  readonly dockerHost?: string;
  readonly image: string;
  /** Names this installation of the program in the labels of all it makes. */
  readonly instance: string;
  /** Absolute. Scratch directories and dependency layers are kept below it. */
  readonly dataDir: string;
  readonly registries: Registries;
  /** Chosen by itself when not given: `overlay` when this process is root on the engine's own host. */
  readonly strategy?: SandboxReport["strategy"];
}

interface Reading {
  collect(signal: AbortSignal): ReturnType<OpenWorkspace["collect"]>;
  readonly channel: Channel;
}

/** Whether the engine runs on this very host, so that it sees the same directories. */
async function isLocal(host: Host): Promise<boolean> {
  if (!host.engine.address.startsWith("unix://")) return false;
  const info: unknown = await host.engine.docker.info();
  return typeof info === "object" && info !== null && "Name" in info && info.Name === hostname();
}

async function start(host: Host, strategy: SandboxReport["strategy"], spec: WorkspaceSpec): Promise<Reading> {
  const place: Place = { ...spec, name: sandboxName(spec.run, spec.epoch, spec.purpose), install: null };
  const { base, layer, ignored } = spec;
  await removePlace(host, place.name);
  if (strategy === "archive") {
    const channel = await startArchive(host, place);
    return { channel, collect: (signal) => collectArchive(host, channel, { base, layer, ignored, signal }) };
  }
  const { channel, scratch } = await startOverlay(host, place);
  return { channel, collect: (signal) => collectOverlay(host, scratch.upper, { base, layer, ignored, signal }) };
}

function openWorkspace(
  host: Host,
  opened: Reading & { readonly name: string; readonly strategy: SandboxReport["strategy"] },
): OpenWorkspace {
  const { channel, name, strategy } = opened;
  return {
    workspace: workspaceOver(channel),
    strategy,
    killAll: () => channel.killAll(),
    async collect(signal) {
      await channel.killAll();
      return await opened.collect(signal);
    },
    async close() {
      channel.close();
      // What cannot be removed now keeps its labels; the sweep comes by later.
      await removePlace(host, name).catch(() => 0);
    },
  };
}

/** Sandboxes as containers of a Docker engine. `close` ends what this process still has open. */
export function createDockerSandbox(options: DockerSandboxOptions): Sandbox & { close(): Promise<void> } {
  const { image, instance, dataDir } = options;
  const engine = connectEngine(options.dockerHost ?? "");
  const host: Host = { engine, image, instance, dataDir, layers: new Layers(dataDir) };
  const open = new Set<OpenWorkspace>();
  let chosen: SandboxReport["strategy"] | null = options.strategy ?? null;

  async function strategyFor(paths: readonly string[]): Promise<SandboxReport["strategy"]> {
    const able = process.platform === "linux" && process.getuid?.() === 0;
    chosen ??= able && (await isLocal(host)) ? "overlay" : "archive";
    return options.strategy ?? (paths.every((path) => MOUNTABLE.test(path)) ? chosen : "archive");
  }

  const imageId = async (): Promise<string | null> => {
    try {
      return (await engine.docker.getImage(image).inspect()).Id;
    } catch (thrown) {
      if (statusOf(thrown) === 404) return null;
      throw engineError(engine, thrown);
    }
  };

  /** Runs `work`; whatever it throws becomes one of our errors, after what carries the name has been removed. */
  async function guarded<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (thrown) {
      await removePlace(host, name).catch(() => 0);
      throw engineError(engine, thrown);
    }
  }

  return {
    open: (spec, signal) => {
      const name = sandboxName(spec.run, spec.epoch, spec.purpose);
      return guarded(name, async () => {
        signal.throwIfAborted();
        const strategy = await strategyFor([dataDir, spec.base.directory]);
        const started = await start(host, strategy, spec);
        const opened = openWorkspace(host, { ...started, name, strategy });
        const tracked: OpenWorkspace = {
          ...opened,
          close: async () => {
            open.delete(tracked);
            await opened.close();
          },
        };
        open.add(tracked);
        return tracked;
      });
    },

    install: (spec, signal) =>
      guarded(sandboxName(spec.run, spec.epoch, "install"), async () => {
        signal.throwIfAborted();
        const id = await imageId();
        if (id === null) throw new JourneymanError("image_missing", { image });
        const strategy = await strategyFor([dataDir, spec.base.directory]);
        const registries = (await isLocal(host)) ? options.registries : null;
        return await installLayer(host, spec, { strategy, registries, imageId: id, signal });
      }),

    async sweep(owned) {
      try {
        return (await sweepSandboxes(host, owned)) + (await host.layers.prune(Date.now()));
      } catch (thrown) {
        throw engineError(engine, thrown);
      }
    },

    async report() {
      try {
        const version = await engine.docker.version();
        const runc = version.Components?.find(({ Name }) => Name === "runc")?.Version ?? "unknown";
        return {
          engineVersion: version.Version,
          runcVersion: runc,
          imageId: await imageId(),
          strategy: await strategyFor([dataDir]),
        };
      } catch (thrown) {
        throw engineError(engine, thrown);
      }
    },

    async close() {
      await Promise.all([...open].map((opened) => opened.close()));
    },
  };
}
