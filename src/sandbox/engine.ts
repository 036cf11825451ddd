import type { Duplex } from "node:stream";
import Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import { Channel } from "./channel.ts";
import { containerOptions, gaugeName } from "./spec.ts";
import type { ContainerSettings } from "./spec.ts";

/** The engine's client with the words the failures of its API are told in. */
export interface Engine {
  readonly docker: Docker;
  readonly address: string;
}

/** Longest that the engine may keep silent over a request. What is attached to a container is not a request. */
const ANSWER_MS = 60_000;

/**
 * @param address `unix:///path`, `tcp://host:port`, or empty for the engine's usual socket.
 * @param timeout Milliseconds of silence after which a request counts as unanswered.
 */
export function connectEngine(address: string, timeout = ANSWER_MS): Engine {
  const path = address.replace(/^unix:\/\//, "");
  if (path.startsWith("/") || path === "") {
    const socketPath = path === "" ? "/var/run/docker.sock" : path;
    return { docker: new Docker({ socketPath, timeout }), address: `unix://${socketPath}` };
  }
  const url = new URL(address);
  const protocol = url.protocol === "https:" ? "https" : "http";
  return { docker: new Docker({ host: url.hostname, port: url.port || "2375", protocol, timeout }), address };
}

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "EACCES",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ECONNRESET",
  "EPIPE",
]);

const field = (thrown: unknown, name: "code" | "statusCode"): unknown =>
  typeof thrown === "object" && thrown !== null && name in thrown
    ? (thrown as Record<string, unknown>)[name]
    : undefined;

export const statusOf = (thrown: unknown): number | null => {
  const status = field(thrown, "statusCode");
  return typeof status === "number" ? status : null;
};

/** A failure of the engine as one of ours. A missing image is told apart by what was asked, not by the message. */
export function engineError(engine: Engine, thrown: unknown, image?: string): JourneymanError {
  if (thrown instanceof JourneymanError) return thrown;
  const code = field(thrown, "code");
  if (typeof code === "string" && UNREACHABLE.has(code))
    return new JourneymanError("docker_unreachable", { address: engine.address }, { cause: thrown });
  if (image !== undefined && statusOf(thrown) === 404)
    return new JourneymanError("image_missing", { image }, { cause: thrown });
  if (statusOf(thrown) === null) return asJourneymanError(thrown);
  if (thrown instanceof Error && /no space left on device/i.test(thrown.message))
    return new JourneymanError(
      "storage_unavailable",
      { reason: "no room left on the engine's disk" },
      { cause: thrown },
    );
  return new JourneymanError("sandbox_lost", { reason: "the engine refused a request" }, { cause: thrown });
}

/** The image's id on the engine; null when it is not there. */
export async function imageIdOf(engine: Engine, image: string): Promise<string | null> {
  try {
    return (await engine.docker.getImage(image).inspect()).Id;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return null;
    throw engineError(engine, thrown);
  }
}

/** Starts a sandbox, attached before its first instruction. On failure it leaves what it made for `removeContainer`. */
export const startContainer = (engine: Engine, settings: ContainerSettings): Promise<Channel> =>
  startWith(engine, containerOptions(settings));

/** The same with options that are not those of a sandbox. */
export async function startWith(engine: Engine, options: ContainerCreateOptions): Promise<Channel> {
  const container = await engine.docker.createContainer(options).catch((thrown: unknown) => {
    throw engineError(engine, thrown, options.Image);
  });
  try {
    const ends = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    // The client's type says less than it gives: a hijacked connection is a duplex stream.
    const channel = new Channel((await container.attach(ends)) as Duplex);
    await container.start();
    return channel;
  } catch (thrown) {
    throw engineError(engine, thrown);
  }
}

/** Removes the containers and the volume of a sandbox. Returns how many of them there were. */
export async function removeContainer(engine: Engine, name: string): Promise<number> {
  const { docker } = engine;
  const counted = (removal: Promise<unknown>): Promise<number> =>
    removal.then(
      () => 1,
      (thrown: unknown) => {
        if (statusOf(thrown) === 404) return 0;
        throw thrown;
      },
    );
  // One after the other: a volume can go only when no container has it any more.
  const gauge = await counted(docker.getContainer(gaugeName(name)).remove({ force: true }));
  const container = await counted(docker.getContainer(name).remove({ force: true, v: true }));
  return gauge + container + (await counted(docker.getVolume(name).remove()));
}
