import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { JourneymanError } from "../../../src/core/errors.ts";
import { fold } from "../../../src/core/evolve.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { tenantOf } from "../../../src/core/subject.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { openRunLog, type RunLog } from "../../../src/run/run-log.ts";
import type { World } from "../../../src/run/world.ts";
import { approveCommand, received, requested, RUN, SUBJECT } from "../../support/facts.ts";

/* What is held back, over a real journal. */

const CONVERSATION = "implement.1";
const DAY_CAP = 1_000_000;
const about = { conversation: CONVERSATION, turn: 1 };
const started: RunEvent = {
  type: "conversation.started",
  conversation: CONVERSATION,
  role: "executor",
  model: "m",
  effort: "low",
  system: "s",
  tools: [],
  message: { role: "user", content: [{ type: "text", text: "do it" }] },
};
const asked: RunEvent = {
  type: "model.requested",
  ...about,
  model: "m",
  requestDigest: "d".repeat(64),
  reservedMicroUsd: 500,
} as RunEvent;
const answered: RunEvent = {
  type: "model.responded",
  ...about,
  message: { role: "assistant", content: [{ type: "tool_call", id: "c1", name: "read", input: {} }] },
  stopReason: "tool_use",
  usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 },
  costMicroUsd: 20,
  requestId: "r",
  durationMs: 1,
};
const called: RunEvent = { type: "tool.called", ...about, callId: "c1", name: "read" };
const returned: RunEvent = {
  type: "tool.returned",
  ...about,
  callId: "c1",
  content: "x",
  isError: false,
  durationMs: 1,
};

let directory: string;
let journal: Journal;
let log: RunLog;
let now = Date.UTC(2026, 0, 1);

/** The next append is made, or not made, and then nobody hears of it. */
let cutNext: "made" | "not made" | null = null;

const withCuts = (whole: Journal): Journal => ({
  ...whole,
  async append(claim, entry) {
    const how = cutNext;
    cutNext = null;
    if (how === "not made") throw new JourneymanError("storage_unavailable", { reason: "cut" });
    const appended = await whole.append(claim, entry);
    if (how === "made") throw new JourneymanError("storage_unavailable", { reason: "cut" });
    return appended;
  },
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-log-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
  await deliver("first", [requested()]);
  const claim = await journal.claim(RUN, { holder: "w", leaseMs: 60_000, now });
  const world = {
    journal: withCuts(journal),
    clock: { now: () => (now += 10) },
    redact: (event: RunEvent) => event,
    failpoint: () => {},
    view: { runUrl: null },
    dayCapMicroUsd: DAY_CAP,
  } as unknown as World; // the log asks for nothing else
  log = await openRunLog(world, claim ?? expect.fail("the run is new"));
});

afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

const deliver = (id: string, events: readonly RunEvent[]) =>
  journal.receive({ id, body: id }, SUBJECT, {
    at: new Date(now).toISOString(),
    admit: () => ({ run: RUN, events }),
  });

const types = async (): Promise<string[]> => (await journal.load(RUN)).map(({ event }) => event.type);

test("a fact that is held back is seen at once and written with the next one, in its order", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  expect(log.state().costMicroUsd).toBe(20);
  expect(await types()).not.toContain("model.responded");
  await log.append([called]);
  expect((await types()).slice(-2)).toEqual(["model.responded", "tool.called"]);
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
});

test("a command that arrives in between comes first, and what was held back follows it", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  await deliver("second", [received(approveCommand())]);
  await log.append([called]);
  expect((await types()).slice(-3)).toEqual(["command.received", "model.responded", "tool.called"]);
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
});

test("a fact that others made pointless is not written, what was held back stays held", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  await deliver("second", [received(approveCommand())]);
  expect(await log.append([{ type: "run.resumed", command: null }], { ifUnchanged: true })).toBe(false);
  expect(log.state().costMicroUsd).toBe(20);
  await log.flush();
  expect((await types()).slice(-2)).toEqual(["command.received", "model.responded"]);
});

test("an answer that is held back settles the ledger before the next request reserves", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  await log.hold(returned);
  await log.append([{ ...asked, turn: 2 } as RunEvent]);
  expect(await types()).toEqual(expect.arrayContaining(["model.responded", "tool.returned"]));
  expect(await journal.spent({ scope: "tenant", id: tenantOf(SUBJECT) }, "2026-01-01")).toBe(520);
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
});

test("an answer and the request after it are one entry: what the answer leaves over is there for the request", async () => {
  const request = (turn: number, reservedMicroUsd: number) => ({ ...asked, turn, reservedMicroUsd }) as RunEvent;
  await log.append([started, request(1, DAY_CAP - 10)]);
  await log.hold(answered);
  await log.append([request(2, DAY_CAP - 20)]);
  expect((await types()).slice(-2)).toEqual(["model.responded", "model.requested"]);
  expect(await journal.spent({ scope: "tenant", id: tenantOf(SUBJECT) }, "2026-01-01")).toBe(DAY_CAP);
});

test("a request that has no room is refused, and the answer before it is kept", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  const request = { ...asked, turn: 2, reservedMicroUsd: DAY_CAP } as RunEvent;
  await expect(log.append([request])).rejects.toMatchObject({ code: "day_budget_exhausted" });
  expect((await types()).at(-1)).toBe("model.responded");
  expect(await journal.spent({ scope: "tenant", id: tenantOf(SUBJECT) }, "2026-01-01")).toBe(20);
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
});

test("what a dead worker held back was never there, and the run goes on without it", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  expect(fold(RUN, await journal.load(RUN)).openCalls).toHaveProperty([CONVERSATION]);
});

for (const how of ["made", "not made"] as const) {
  test(`an append that was ${how} and not heard of: what was held back stands in the journal once`, async () => {
    await log.append([started, asked]);
    await log.hold(answered);
    cutNext = how;
    await expect(log.append([called])).rejects.toMatchObject({ code: "storage_unavailable" });
    await log.append([{ type: "run.resumed", command: null }]);
    const middle = how === "made" ? ["model.responded", "tool.called"] : ["model.responded"];
    expect((await types()).slice(3)).toEqual([...middle, "run.resumed"]);
    expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
    expect(log.state().costMicroUsd).toBe(20);
  });

  test(`an append that was ${how} and not heard of: what is held back after it is written behind it`, async () => {
    await log.append([started, asked]);
    await log.hold(answered);
    cutNext = how;
    await expect(log.flush()).rejects.toMatchObject({ code: "storage_unavailable" });
    await log.hold(called);
    await deliver("second", [received(approveCommand())]);
    await log.flush();
    const both = ["model.responded", "command.received", "tool.called"];
    expect((await types()).slice(3)).toEqual(
      how === "made" ? both : ["command.received", "model.responded", "tool.called"],
    );
    expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
  });
}

test("two appends in a row that nobody heard of, the first of them made, leave each fact once", async () => {
  await log.append([started, asked]);
  await log.hold(answered);
  cutNext = "made";
  await expect(log.append([called])).rejects.toMatchObject({ code: "storage_unavailable" });
  cutNext = "not made";
  await expect(log.append([returned])).rejects.toMatchObject({ code: "storage_unavailable" });
  await log.append([returned]);
  expect((await types()).slice(3)).toEqual(["model.responded", "tool.called", "tool.returned"]);
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
});
