import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { createWeb } from "../../src/app/server.ts";
import type { WebParts } from "../../src/app/server.ts";
import { makeRunId } from "../../src/core/ids.ts";
import type { RunId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/local/clock.ts";
import { openJournal } from "../../src/journal/journal.ts";

export const SECRET = "a webhook secret";
export const PATH = "/api/github/webhooks";
const AT = Date.parse("2026-11-20T10:05:01Z");

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A running web side over a journal of its own, with everything it logged and woke, until the test ends. */
export async function startWeb(over: Partial<WebParts> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "web-test-"));
  closers.push(() => rm(directory, { recursive: true }));
  const journal = await openJournal({ file: join(directory, "journal.db") });
  closers.push(() => journal.close());
  const wakes: string[] = [];
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(`${JSON.stringify(fields)} ${message}`);
  let asked = 0;
  let founded = 0;
  const web = createWeb({
    journal: {
      receive: (...delivery) => {
        asked += 1;
        return journal.receive(...delivery);
      },
    },
    queue: { wake: async (id, index) => void wakes.push(`${id}@${index}`) },
    clock: { ...systemClock, now: () => AT, newRunId: () => makeRunId(++founded, new Uint8Array(10)) },
    secrets: [SECRET],
    host: "github.com",
    labels: ["journeyman"],
    log: { info: note, warn: note, error: note },
    ready: async () => true,
    ...over,
  });
  const url = `http://127.0.0.1:${await web.listen(0, "127.0.0.1")}`;
  closers.push(() => web.close(1000));
  const runs = async (): Promise<RunId[]> => (await journal.runs({ limit: 1000 })).map((row) => row.run);
  return {
    url,
    wakes,
    logged,
    /** How often the journal was asked to take something in. */
    asked: () => asked,
    runs,
    facts: async (): Promise<string[]> =>
      (await Promise.all((await runs()).map((run) => journal.load(run)))).flat().map(({ event }) => event.type),
    /** The run is over: its issue is free for another. */
    finish: async (run: RunId) => {
      const claim = await journal.claim(run, { holder: "test", leaseMs: 1000, now: AT });
      if (claim === null) throw new TypeError("the run has a lease");
      const summary = { status: "done", live: false, dueAt: null, costMicroUsd: 0 };
      const finished = { type: "run.finished", outcome: "refused", code: null, details: {} } as const;
      await journal.append(claim, { next: claim.next, events: [finished], at: new Date(AT).toISOString(), summary });
    },
  };
}

export const sign = (body: string, secret = SECRET): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

/** Sends a delivery as GitHub would, but for the headers given; one given as undefined is left out. */
export function deliver(
  url: string,
  payload: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const all: Record<string, string | undefined> = {
    "content-type": "application/json",
    "x-github-event": "issue_comment",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": sign(body),
    ...headers,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return fetch(url + PATH, { method: "POST", body, headers: Object.fromEntries(given) });
}
