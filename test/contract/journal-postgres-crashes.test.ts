import { spawn } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import type { Journal } from "../../src/ports/journal.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { add, claimed, found, START } from "./journal/kit.ts";
import { startChild } from "./journal/processes.ts";

/* A server that dies, is away, or stands still. */

let server: Postgres;
let url: string;
let journal: Journal;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  journal = await openJournal({ url });
});
afterEach(() => journal.close());

describe("a server that goes away", () => {
  it("I4: killed again and again under appends, it has every acknowledged fact, no gap, and the worker goes on by itself", async () => {
    const run = await found(journal);
    const child = startChild({ address: url, run, now: START });
    for (let round = 1; round <= 3; round++) {
      await child.heard("appended", 20 * round);
      await server.kill();
      const acknowledged = Math.max(...child.said.map((line) => line.next ?? 0));
      await server.restart();
      const facts = await journal.load(run);
      expect(facts.length).toBeGreaterThanOrEqual(acknowledged);
      expect(facts.map(({ index }) => index)).toEqual(facts.map((_, n) => n));
    }
    const appended = () => child.said.filter(({ kind }) => kind === "appended").length;
    const before = appended();
    await child.heard("appended", before + 10);
    expect(appended()).toBeGreaterThanOrEqual(before + 10);
    await child.kill();
    // The child wrote each fact once: none was written again by a try whose end was not heard.
    const texts = (await journal.load(run))
      .slice(1)
      .map(({ event }) => (event.type === "message.added" ? event.text : ""));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("for long: every call says so in the end, without a word of the address, and works when it is back", async () => {
    const run = await found(journal);
    await server.kill();
    const failures = await Promise.allSettled([claimed(journal, run), journal.load(run), openJournal({ url })]);
    const { password } = new URL(url);
    for (const failure of failures) {
      const { reason } = failure as PromiseRejectedResult;
      expect(reason).toMatchObject({ code: "storage_unavailable", class: "wait" });
      const said = `${JSON.stringify(reason)} ${reason.message} ${reason.stack} ${String(reason.cause)}`;
      expect(said).toContain("no server listens");
      expect(said).not.toContain(password);
      expect(said).not.toContain("127.0.0.1");
    }
    await server.restart();
    expect(await journal.load(run)).toHaveLength(1);
    expect(await claimed(journal, run)).toMatchObject({ epoch: 1 });
  });

  it("stands still: no call hangs, and all is well when it moves again", async () => {
    const run = await found(journal);
    const claim = await claimed(journal, run);
    server.freeze();
    try {
      await expect(add(journal, claim, 1)).rejects.toMatchObject({ code: "storage_unavailable" });
    } finally {
      server.thaw();
    }
    const again = await add(journal, claim, 1);
    expect([
      { kind: "appended", next: 2 },
      { kind: "conflict", next: 2 },
    ]).toContainEqual(again);
    expect(await journal.load(run)).toHaveLength(2);
  });
});

it("a process whose database is gone ends by itself alone", async () => {
  const program = `
    import { openJournal } from ${JSON.stringify(new URL("../../src/journal/journal.ts", import.meta.url).href)};
    const journal = await openJournal({ url: process.argv[1] });
    await journal.runs({ limit: 1 });
    process.stdout.write("open\\n");
    setTimeout(() => process.stdout.write("alive\\n", () => process.exit(0)), 1500);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  await new Promise<void>((resolve) => child.stdout.on("data", (chunk) => ((said += String(chunk)), resolve())));
  await server.kill();
  await server.restart();
  expect(await ended).toBe(0);
  expect(said).toBe("open\nalive\n");
});
