import type { Duplex } from "node:stream";
import { JourneymanError } from "../core/errors.ts";
import type { Frame, FrameType } from "./frames.ts";

/*
 * The worker's end of the connections that PID 1 of a sandbox carries (`sandbox-image/egress.c`).
 * 1. A program in the sandbox decides when a connection begins and ends and what it says; never how much of it waits here.
 * 2. Each way has at most WINDOW bytes under way: the far side sends no more than was granted, and we grant what was taken.
 * 3. A far side that breaks this is not our PID 1: the whole sandbox is given up.
 */

/** `WINDOW` and `MAX_CONNECTIONS` of egress.c. */
export const WINDOW_BYTES = 128 * 1024;
export const MAX_CONNECTIONS = 16;
const CHUNK_BYTES = 32 * 1024;

/** What is needed of the channel. */
export interface Line {
  send(type: FrameType, id: number, payload?: Uint8Array): void;
}

interface Connection {
  readonly stream: Duplex;
  /** Bytes that may still be sent to the program. */
  credit: number;
  /** Bytes of the program that the stream has not taken yet. */
  waiting: number;
  wake: () => void;
  ended: boolean;
}

const broken = (what: string) =>
  new JourneymanError("sandbox_lost", { reason: `it broke the rules for connections: ${what}` });

const count = (value: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
};

/** Sends what the stream says, as far as it is granted, and its end. Rejects when the stream fails. */
async function pump(line: Line, id: number, connection: Connection): Promise<void> {
  const { stream } = connection;
  for await (const bytes of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let at = 0; at < bytes.byteLength;) {
      if (stream.destroyed) return;
      if (connection.credit === 0) {
        await new Promise<void>((wake) => (connection.wake = wake));
        continue;
      }
      const chunk = bytes.subarray(at, at + Math.min(CHUNK_BYTES, connection.credit));
      connection.credit -= chunk.byteLength;
      at += chunk.byteLength;
      line.send("D", id, chunk);
    }
  }
  line.send("F", id);
}

/**
 * Carries connections: `dial` makes the other side of each. Gives what takes their frames, which throws `sandbox_lost` at a
 * frame that may not be.
 */
export function carryConnections(line: Line, dial: () => Duplex) {
  const connections = new Map<number, Connection>();

  const drop = (id: number, connection: Connection): void => {
    connections.delete(id);
    connection.stream.destroy();
    connection.wake();
  };

  const begin = (id: number): void => {
    if (connections.has(id) || connections.size >= MAX_CONNECTIONS) throw broken("too many");
    const connection: Connection = { stream: dial(), credit: WINDOW_BYTES, waiting: 0, wake: () => {}, ended: false };
    connections.set(id, connection);
    const cutOff = () => {
      if (connections.get(id) !== connection) return;
      line.send("Z", id);
      drop(id, connection);
    };
    connection.stream.on("error", cutOff);
    pump(line, id, connection).catch(cutOff);
  };

  const write = (id: number, connection: Connection, payload: Buffer): void => {
    connection.waiting += payload.byteLength;
    if (connection.ended || connection.waiting > WINDOW_BYTES) throw broken("too much");
    connection.stream.write(payload, (error) => {
      if (error != null || connections.get(id) !== connection) return;
      connection.waiting -= payload.byteLength;
      line.send("G", id, count(payload.byteLength));
    });
  };

  const grant = (connection: Connection, payload: Buffer): void => {
    connection.credit += payload.byteLength === 4 ? payload.readUInt32BE(0) : Infinity;
    if (connection.credit > WINDOW_BYTES) throw broken("a grant of what was not sent");
    connection.wake();
  };

  return {
    take({ type, id, payload }: Frame): void {
      if (type === "C") return begin(id);
      const connection = connections.get(id);
      // One that has just ended here may still be spoken of.
      if (connection === undefined) return;
      if (type === "D") write(id, connection, payload);
      else if (type === "G") grant(connection, payload);
      else if (type === "Z") drop(id, connection);
      else {
        connection.ended = true;
        connection.stream.end();
      }
    },
    close(): void {
      for (const [id, connection] of connections) drop(id, connection);
    },
  };
}
