import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { fold } from "../../../src/core/evolve.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import { tenantOf } from "../../../src/core/subject.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { openRunLog, type RunLog } from "../../../src/run/run-log.ts";
import type { World } from "../../../src/run/world.ts";
import { approveCommand, received, requested, RUN, SUBJECT } from "../../support/facts.ts";
import { answered, asked, conversationStarted } from "../../support/money-facts.ts";

/*
 * Several conversations, commands in between, facts held back, a day's cap that is often reached, appends of whose end nobody hears: in any
 * order, over a real journal.
 */

const CAP = 2_000;
const DAY = "2026-01-01";
const NAMES = ["explore.1.1", "explore.1.2", "task.1"];

/** The same numbers for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

let directory: string;
let journal: Journal;
let now = Date.UTC(2026, 0, 1);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-log-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
  now = Date.UTC(2026, 0, 1);
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

const deliver = (id: string, events: readonly RunEvent[]) =>
  journal.receive({ id, body: id }, SUBJECT, { at: new Date(now).toISOString(), admit: () => ({ run: RUN, events }) });

/** The next append is made, or not made, and then nobody hears of it. */
let cutNext: "made" | "not made" | null = null;

const withCuts = (whole: Journal): Journal => ({
  ...whole,
  async append(claim, entry) {
    const how = cutNext;
    cutNext = null;
    if (how !== "not made") {
      const appended = await whole.append(claim, entry);
      if (how === null) return appended;
    }
    throw new JourneymanError("storage_unavailable", { reason: "cut" });
  },
});

async function claimed(holder: string): Promise<RunLog> {
  now += 120_000;
  const claim = await journal.claim(RUN, { holder, leaseMs: 60_000, now });
  const world = {
    journal: withCuts(journal),
    clock: { now: () => (now += 1) },
    redact: (event: RunEvent) => event,
    failpoint: () => {},
    view: { runUrl: null },
    dayCapMicroUsd: CAP,
  } as unknown as World; // the log asks for nothing else
  return openRunLog(world, claim ?? expect.fail("the lease has run out"));
}

/** The next thing that this conversation would do, held back or not. */
async function step(log: RunLog, name: string, roll: (sides: number) => number): Promise<void> {
  const { openCalls, conversations } = log.state();
  const turn = (conversations[name]?.turn ?? 0) + 1;
  if (conversations[name] === undefined) await log.append([conversationStarted(name, "explorer")]);
  else if (openCalls[name] === undefined) await log.append([asked(name, 700, turn)]);
  else if (roll(2) === 0) await log.hold(answered(name, roll(60), turn));
  else await log.append([answered(name, roll(60), turn)]);
}

const isCut = (thrown: unknown): boolean => thrown instanceof JourneymanError && thrown.code === "storage_unavailable";

const isRefusal = (thrown: unknown): boolean => thrown instanceof JourneymanError && /^(day_)?budget/.test(thrown.code);

async function assertTrue(log: RunLog): Promise<void> {
  await log.flush();
  await log.sync();
  expect(log.state()).toEqual(fold(RUN, await journal.load(RUN)));
  const answers = (await journal.load(RUN)).flatMap(({ event }) =>
    event.type === "model.responded" ? `${event.conversation} ${event.turn}` : [],
  );
  expect(answers, "no answer is written twice").toEqual([...new Set(answers)]);
  const { costMicroUsd, openCalls } = log.state();
  const reserved = Object.values(openCalls).reduce((sum, call) => sum + call.reservedMicroUsd, 0);
  const spent = await journal.spent({ scope: "tenant", id: tenantOf(SUBJECT) }, DAY);
  expect(spent).toBe(costMicroUsd + reserved);
  expect(spent).toBeLessThanOrEqual(CAP);
}

test.each([1, 2, 3, 4, 5, 6])(
  "seed %i: the state is the fold of the journal, and the day's ledger is what the run has spent and set aside",
  async (seed) => {
    const roll = dice(seed);
    await deliver("first", [requested()]);
    let log = await claimed("w0");
    let refused = 0;
    let cut = 0;
    for (let turn = 1; turn <= 150; turn += 1) {
      const name = NAMES[roll(NAMES.length)] ?? "";
      const kind = roll(12);
      if (roll(6) === 0) cutNext = roll(2) === 0 ? "made" : "not made";
      if (kind === 0) await deliver(`d${turn}`, [received(approveCommand())]);
      else if (kind === 1) await log.sync();
      else {
        const resumed: RunEvent = { type: "run.resumed", command: null };
        const work = kind === 2 ? log.append([resumed], { ifUnchanged: true }) : step(log, name, roll);
        await work.catch(async (thrown: unknown) => {
          if (isRefusal(thrown)) refused += 1;
          else if (!isCut(thrown)) throw thrown;
          else {
            cut += 1;
            // As a stage does that fails: what it wanted is not tried again before something else is written, or looked for.
            if (roll(2) === 0) await log.append([resumed]);
            else await log.sync();
          }
        });
      }
      if (turn % 10 === 0) cutNext = null;
      if (turn % 10 === 0) await assertTrue(log);
      if (turn % 40 === 0) {
        const old = log;
        log = await claimed(`w${turn}`);
        await expect(old.append([conversationStarted("plan.1", "explorer")])).rejects.toMatchObject({
          code: "lease_lost",
        });
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(cut).toBeGreaterThan(0);
  },
);
