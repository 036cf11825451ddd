import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** A line to a server of this machine that can be cut: every connection is reset, open ones and new ones, until it is mended. */
export interface Line {
  readonly port: number;
  /** Where it leads; may be set later. */
  target: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

function carry(client: Socket, target: number, open: Set<Socket>): void {
  const far = connect(target, "127.0.0.1");
  for (const end of [client, far]) {
    open.add(end);
    end
      .on("error", () => {})
      .once("close", () => {
        open.delete(end);
        client.destroy();
        far.destroy();
      });
  }
  client.pipe(far).pipe(client);
}

/**
 * Cut off at once and for seconds only: what a silent network does to a client is that its own time runs out, and those times (30 s for
 * GitHub, 60 s for a model) are shown elsewhere; here it matters what the run does then.
 */
export async function openLine(target = 0): Promise<Line> {
  const open = new Set<Socket>();
  const line = { target };
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) client.resetAndDestroy();
    else carry(client, line.target, open);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    isCut = true;
    for (const end of open) end.resetAndDestroy();
  };
  return Object.assign(line, {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (isCut = false),
    async close() {
      cut();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  });
}
