import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { makeRunId } from "../../../src/core/ids.ts";
import { Settings } from "../../../src/core/settings/settings.ts";
import { repositoryOf, tenantOf } from "../../../src/core/subject.ts";
import { openJournal } from "../../../src/journal/journal.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import { openRunLog, type RunLog } from "../../../src/run/run-log.ts";
import type { World } from "../../../src/run/world.ts";
import * as facts from "../../support/facts.ts";
import { answered, asked, conversationStarted } from "../../support/money-facts.ts";

/* What is said when a request has no room, over a real journal. */

const NOON = Date.UTC(2026, 0, 1, 12);
const DAY = "2026-01-01";
const TENANT = { scope: "tenant", id: tenantOf(facts.SUBJECT) } as const;
const REPOSITORY = { scope: "repository", id: repositoryOf(facts.SUBJECT) } as const;

let directory: string;
let journal: Journal;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-room-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

/** A run at work on an issue of its own, in two conversations. */
async function runOn(issue: number, budget: object, dayCapMicroUsd = 1_000_000_000): Promise<RunLog> {
  const run = makeRunId(NOON, new Uint8Array(10).fill(issue));
  const [first, ...rest] = facts.toPrepared(Settings.parse({ budget }));
  const subject = { ...facts.SUBJECT, issue };
  const opening = { ...(first ?? expect.fail("no facts")), subject } as RunEvent;
  const at = new Date(NOON).toISOString();
  await journal.receive({ id: `${issue}`, body: `${issue}` }, subject, {
    at,
    admit: () => ({ run, events: [opening] }),
  });
  const claim = await journal.claim(run, { holder: "w", leaseMs: 60_000, now: NOON });
  const world = {
    journal,
    clock: { now: () => NOON },
    redact: (event: RunEvent) => event,
    failpoint: () => {},
    view: { runUrl: null },
    dayCapMicroUsd,
  } as unknown as World; // the log asks for nothing else
  const log = await openRunLog(world, claim ?? expect.fail("the run is new"));
  const talks = ["implement.1", "task.1"].map((name) => conversationStarted(name, "executor"));
  await log.append([...rest, ...talks]);
  return log;
}

const refusalOf = (attempt: Promise<unknown>): Promise<JourneymanError> =>
  attempt.then(
    () => expect.fail("it was written"),
    (thrown: unknown) => (thrown instanceof JourneymanError ? thrown : expect.fail(String(thrown))),
  );

describe("a request has no room", () => {
  test("under the run's ceiling, because another conversation asked meanwhile: it is not written", async () => {
    const log = await runOn(1, { run_usd: 1 });
    const attempts = await Promise.allSettled([
      log.append([asked("implement.1", 600_000)]),
      log.append([asked("task.1", 600_000)]),
    ]);
    expect(attempts.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(Object.keys(log.state().openCalls)).toEqual(["implement.1"]);
    expect(await journal.spent(TENANT, DAY)).toBe(600_000);
    const refused = await refusalOf(log.append([asked("task.1", 400_001)]));
    expect([refused.code, refused.class, refused.details["limit"]]).toEqual(["budget_exhausted", "wait", "run"]);
    expect(await log.append([asked("task.1", 400_000)])).toBe(true);
  });

  test("under the repository's day: the sentence says so, and the run waits for the next UTC day", async () => {
    const log = await runOn(1, { repository_day_usd: 1 });
    await log.append([asked("implement.1", 900_000)]);
    await log.append([answered("implement.1", 900_000)]);
    const refused = await refusalOf(log.append([asked("implement.1", 200_000, 2)]));
    expect([refused.code, refused.class, refused.retryAfterMs]).toEqual([
      "day_budget_exhausted",
      "wait",
      12 * 3_600_000 + 60_000,
    ]);
    expect(refused.message).toBe(
      "Today's budget of this repository is used up: $0.90 of $1.00 spent, and the next call to the model may cost $0.20. " +
        "The work so far is kept. The run goes on by itself at 2026-01-02 00:01 UTC.",
    );
  });

  test("only because of what other runs have set aside: it looks again in a minute", async () => {
    const [one, other] = [await runOn(1, {}, 1_000_000), await runOn(2, {}, 1_000_000)];
    await one.append([asked("implement.1", 900_000)]);
    const refused = await refusalOf(other.append([asked("implement.1", 200_000)]));
    expect([refused.code, refused.details["scope"]]).toEqual(["day_budget_reserved", "this installation"]);
    expect(refused.retryAfterMs).toBe(60_000);
    await one.append([answered("implement.1", 100_000)]);
    expect(await other.append([asked("implement.1", 200_000)])).toBe(true);
  });
});

test("two hundred requests of twenty runs at once pass neither the day of the tenant nor that of the repository", async () => {
  const amount = 70_001;
  const logs = await Promise.all(
    Array.from({ length: 20 }, (_, n) => runOn(n + 1, { repository_day_usd: 5, run_usd: 0.5 }, 7_000_000)),
  );
  let granted = 0;
  await Promise.all(
    logs.map(async (log) => {
      for (let turn = 1; turn <= 10; turn++) {
        const name = turn % 2 === 0 ? "task.1" : "implement.1";
        const isGranted = await log.append([asked(name, amount, turn)]).catch(() => false);
        if (!isGranted) continue;
        granted += 1;
        await log.append([answered(name, amount, turn)]);
        expect(log.state().costMicroUsd).toBeLessThanOrEqual(500_000);
      }
    }),
  );
  expect(granted).toBe(Math.floor(5_000_000 / amount));
  expect(await journal.spent(TENANT, DAY)).toBe(granted * amount);
  expect(await journal.spent(REPOSITORY, DAY)).toBe(granted * amount);
});
