import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/*
 * Stands before a PostgreSQL server and cuts the connection at a commit: before the server has heard of it, or after it has done it and
 * before its answer is passed on.
 */

export interface CuttingProxy {
  readonly port: number;
  /** Commits that were cut so far. */
  readonly cuts: number;
  /** Cuts the next commit. With `andRefuse` every connection from then on, until `accept`. */
  cutNext(when: "before" | "after", andRefuse?: "andRefuse"): void;
  /** Cuts every connection, and every new one until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

/** A simple query as our driver sends it. */
const COMMIT = Buffer.from("commit\0");

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let armed: "before" | "after" | null = null;
  let refuses = false;
  let refusesThen = false;
  let cuts = 0;
  const open = new Set<Socket>();
  const cut = (...sockets: Socket[]): void => {
    cuts += 1;
    refuses = refusesThen;
    for (const socket of refuses ? open : sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (refuses) return void client.destroy();
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let swallow = false;
    client.on("data", (bytes) => {
      const when = bytes.includes(COMMIT) ? armed : null;
      if (when !== null) armed = null;
      if (when === "before") return cut(client, upstream);
      swallow ||= when === "after";
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (swallow) cut(client, upstream);
      else client.write(bytes);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cutNext(when, andRefuse) {
      armed = when;
      refusesThen = andRefuse !== undefined;
    },
    refuse() {
      refuses = true;
      for (const socket of open) socket.destroy();
    },
    accept: () => {
      refuses = false;
      refusesThen = false;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
