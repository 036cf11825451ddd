import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Channel } from "./channel.ts";
import { startRegistryProxy } from "./registry-proxy.ts";
import type { Registries } from "./registry-routes.ts";

const SOCKET = "proxy.sock";
/** Longer than any installation may take. */
const FORWARDER_TIMEOUT_MS = 24 * 3600 * 1000;

/** A registry proxy of this process for one installation; its directory is mounted into that one sandbox. */
export interface Egress {
  readonly directory: string;
  blocked(): string[];
  close(): Promise<void>;
}

export async function openEgress(registries: Registries): Promise<Egress> {
  // Not in the data directory: a socket's path may have no more than 107 bytes.
  const directory = await mkdtemp(join(tmpdir(), "egress-"));
  const socketPath = join(directory, SOCKET);
  try {
    const proxy = await startRegistryProxy({ socketPath, registries });
    // The sandbox's user may connect and nothing else.
    await chmod(directory, 0o711);
    await chmod(socketPath, 0o666);
    return {
      directory,
      blocked: () => proxy.blocked(),
      async close() {
        await proxy.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (thrown) {
    await rm(directory, { recursive: true, force: true });
    throw thrown;
  }
}

/** Starts the forwarder in the sandbox and returns when it listens. It ends with the sandbox. */
export async function startForwarder(channel: Channel): Promise<void> {
  const listening = Promise.withResolvers<void>();
  const running = channel.run({
    argv: ["egress-forward", `/run/egress/${SOCKET}`],
    cwd: "",
    separate: false,
    stdin: null,
    timeoutMs: FORWARDER_TIMEOUT_MS,
    outputCap: 64 * 1024,
    onOutput: () => listening.resolve(),
  });
  const ended = () => listening.reject(new JourneymanError("sandbox_lost", { reason: "its forwarder ended" }));
  running.finished.then(ended, ended);
  await listening.promise;
}
