import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Turn } from "./answer.ts";
import type { Dialect, Pieces } from "./dialect.ts";

const PING_MS = 500;

/** Sends the stream, or what its fault leaves of it. Tells the share of it that had left when the client went away, else 1. */
export async function send(
  response: ServerResponse,
  { body, end }: Pieces,
  { dialect, turn }: { readonly dialect: Dialect; readonly turn: Turn },
): Promise<number> {
  if (turn.fault === "empty") return finished(response);
  if (turn.pace !== null) {
    const left = await drip(response, body, turn.pace.ms);
    if (left < body.length) return left / body.length;
  } else {
    response.write(body.join(""));
  }
  await pingFor(response, turn.delayMs, dialect.ping);
  switch (turn.fault) {
    case "stall":
      return 1;
    case "fin_mid_stream":
      return finished(response);
    case "reset_mid_stream":
      return reset(response);
    case "error_event":
      return finished(response, dialect.overloaded);
    case "bad_json_event":
      return finished(response, dialect.ping + dialect.notJson + end.join(""));
    case "fin_before_stop":
      return finished(response, end.slice(0, -1).join(""));
    case "open_after_stop":
      response.write(end.join(""));
      return 1;
    case "reset_after_stop":
      response.write(end.join(""));
      return reset(response);
    default:
      return finished(response, end.join(""));
  }
}

function finished(response: ServerResponse, last = ""): number {
  response.end(last);
  return 1;
}

/** One piece after the other, until the client goes away; tells how many have left. */
async function drip(response: ServerResponse, body: readonly string[], ms: number): Promise<number> {
  for (const [at, piece] of body.entries()) {
    if (response.destroyed) return at;
    response.write(piece);
    await sleep(ms);
  }
  return response.destroyed ? body.length - 1 : body.length;
}

async function pingFor(response: ServerResponse, delayMs: number, ping: string): Promise<void> {
  for (let left = delayMs; left > 0 && !response.destroyed; left -= PING_MS) {
    await sleep(Math.min(left, PING_MS));
    response.write(ping);
  }
}

/** What was written leaves first: a reset overtakes what still waits to be sent. */
async function reset(response: ServerResponse): Promise<number> {
  await sleep(30);
  response.socket?.resetAndDestroy();
  return 1;
}
