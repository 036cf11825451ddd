import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { startRegistryProxy } from "./registry-proxy.ts";
import type { Registries } from "./registry-routes.ts";

/** The registry proxy of one installation, at the worker's end. */
export interface Egress {
  /** A new connection to the proxy. Its end and its errors are events of the stream. */
  dial(): Duplex;
  blocked(): string[];
  /** Hosts of registries that do not answer. */
  unreachable(): string[];
  close(): Promise<void>;
}

/** Starts a proxy that only this process reaches: its socket lies in a directory of its own that nobody else may enter. */
export async function openEgress(registries: Registries): Promise<Egress> {
  // Not in the data directory: a socket's path may have no more than 107 bytes.
  const directory = await mkdtemp(join(tmpdir(), "egress-"));
  const socketPath = join(directory, "proxy.sock");
  try {
    const proxy = await startRegistryProxy({ socketPath, registries });
    return {
      dial: () => connect({ path: socketPath, allowHalfOpen: true }),
      blocked: () => proxy.blocked(),
      unreachable: () => proxy.unreachable(),
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
