import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/*
 * A way to a server on which something goes wrong. Bytes pass unchanged, so what was signed stays signed.
 */

/** `slow_down` answers as a store that is asked too much; `cut` ends a connection in the middle of its answer; `silent` never answers. */
export type Trouble = "none" | "slow_down" | "cut" | "silent";

export interface Gate {
  readonly url: string;
  /** Of every connection from now on. With a number only of so many, then there is none. */
  trouble(kind: Trouble, count?: number): void;
  /** Connections that were in trouble since the last change. */
  met(): number;
  close(): Promise<void>;
}

const BODY =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
const SLOW_DOWN = `HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`;

/** Answers from the server pass up to this many bytes: its head, and not all of it. */
const CUT_AFTER = 60;

function pass(from: Socket, port: number, isCut: boolean): void {
  const to = connect(port, "127.0.0.1");
  from.pipe(to);
  if (!isCut) to.pipe(from);
  else to.once("data", (chunk: Buffer) => from.write(chunk.subarray(0, CUT_AFTER), () => from.resetAndDestroy()));
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

export async function openGate(port: number): Promise<Gate> {
  let kind: Trouble = "none";
  let left = 0;
  let met = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    const troubled = left > 0 ? kind : "none";
    if (troubled !== "none") {
      left -= 1;
      met += 1;
    }
    if (troubled === "silent") return void socket.resume();
    if (troubled === "slow_down") return void socket.once("data", () => socket.end(SLOW_DOWN));
    pass(socket, port, troubled === "cut");
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  // oxlint-disable-next-line typescript/consistent-type-assertions -- a TCP server's address is never text
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    trouble(next, count = Number.POSITIVE_INFINITY) {
      kind = next;
      left = count;
      met = 0;
      // A connection that is kept open would go on as it was.
      for (const socket of open) socket.destroy();
    },
    met: () => met,
    close: async () => {
      for (const socket of open) socket.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
