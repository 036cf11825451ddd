import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeUnheard } from "../../src/app/unheard.ts";
import { createInbox } from "../../src/github/forge.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/local/clock.ts";
import type { RunEvent } from "../../src/core/events.ts";
import type { Journal } from "../../src/ports/journal.ts";
import { claimed, found, newRun, subject } from "./journal/kit.ts";
import { type Github, startGithub } from "../support/github/server.ts";

/* Commands of which no delivery arrives, over GitHub's simulator and a real journal. The program's clock is one that a test moves. */

const EVERY_MS = 300_000;
const DAY_MS = 86_400_000;

let directory: string;
let journal: Journal;
let github: Github;
let ahead: number;
/** Names of what was logged. */
let told: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-unheard-"));
  journal = await openJournal({ file: join(directory, "journal.sqlite") });
  github = await startGithub();
  github.webhooks.pause();
  github.user("ada");
  ahead = 0;
  told = [];
});
afterEach(async () => {
  await github.stop();
  await journal.close();
  await rm(directory, { recursive: true, force: true });
});

/** Rounds of a process that begins now. */
function rounds(everyMs = EVERY_MS): () => Promise<void> {
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const { issues } = createInbox(
    {
      appId: github.app.id,
      privateKey: github.app.privateKey,
      host: github.host,
      protocol: "http",
      clock,
      userAgent: "test",
    },
    { host: github.host, labels: ["journeyman"] },
  );
  const log = { info: () => {}, warn: (_: object, event: string) => void told.push(event) };
  const queue = { wake: async () => {} };
  const look = makeUnheard({ issues, journal, queue, clock, log, everyMs, memoryMs: 30 * DAY_MS });
  return () => look(new AbortController().signal);
}

const runs = () => journal.runs({ limit: 1_000 });

/** The next second of the clock that the simulator stamps with. */
const nextSecond = (): Promise<void> => systemClock.sleep(1_000 - (Date.now() % 1_000));

/** The journal has had a delivery yesterday. */
const remembering = () =>
  journal.receive({ id: "first", body: "first" }, subject(), {
    at: new Date(Date.now() - DAY_MS).toISOString(),
    admit: () => null,
  });

test("of many issues that changed in one second none is left out", { timeout: 60_000 }, async () => {
  const repo = await github.repository({ name: "shop", files: { "README.md": "shop" } });
  const issues = Array.from({ length: 130 }, (_, count) =>
    github.openIssue({ repo, user: "ada", title: `Broken ${count}`, body: "" }),
  );
  const second = (): number => Math.floor(Date.now() / 1_000);
  for (let begun = 0; begun !== second();) {
    await nextSecond();
    begun = second();
    for (const issue of issues) github.comment(issue, "ada", "/plan");
  }
  const look = rounds(1);
  for (let round = 0; round < 4; round++) await look();
  expect(await runs()).toHaveLength(130);
  expect(told).toEqual([]);
});

test("what was said while this program's clock is ahead of GitHub's is found all the same", async () => {
  const repo = await github.repository({ name: "shop", files: { "README.md": "shop" } });
  const issue = github.openIssue({ repo, user: "ada", title: "Broken", body: "" });
  await remembering();
  ahead = 600_000;
  const look = rounds();
  await look();
  github.comment(issue, "ada", "/plan");
  await look();
  expect(await runs()).toHaveLength(1);
});

test("what was said in a repository before the App was given it is not for us; what is said then is", async () => {
  await github.repository({ name: "shop", files: { "README.md": "shop" } });
  const repo = await github.repository({ name: "other", files: { "README.md": "other" } });
  github.withdrawRepository(repo);
  github.comment(github.openIssue({ repo, user: "ada", title: "Of others", body: "" }), "ada", "/plan");
  await nextSecond();
  const look = rounds();
  await look();
  github.grantRepository(repo);
  github.comment(github.openIssue({ repo, user: "ada", title: "For us", body: "" }), "ada", "/plan");
  await look();
  expect((await runs()).map(({ title }) => title)).toEqual(["For us"]);
});

test("an installation that refuses keeps no other from being looked into", async () => {
  await github.repository({ name: "shut", owner: "closed-org", files: { "README.md": "x" } });
  const repo = await github.repository({ name: "shop", owner: "open-org", files: { "README.md": "shop" } });
  const issue = github.openIssue({ repo, user: "ada", title: "Broken", body: "" });
  github.comment(issue, "ada", "/plan");
  github.fault({ match: { method: "GET", route: /installation\/repositories/ }, kind: "error_before", status: 403 });
  await rounds()();
  expect(told).toEqual(["unheard.failed"]);
  expect(await runs()).toHaveLength(1);
});

test("a label founds no second run when its delivery came under a name that its event does not tell", async () => {
  const repo = await github.repository({ name: "shop", files: { "README.md": "shop" } });
  const issue = github.openIssue({ repo, user: "ada", title: "Broken", body: "" });
  github.label(issue, "ada", "journeyman");
  const run = await found(journal, github.subject(issue), newRun(Date.now()));
  const claim = await claimed(journal, run, Date.now());
  const events: RunEvent[] = [{ type: "run.finished", outcome: "rejected", code: null, details: {} }];
  const summary = { status: "rejected", live: false, dueAt: null, costMicroUsd: 0 };
  await journal.append(claim, { next: claim.next, events, at: new Date().toISOString(), summary });
  const look = rounds();
  await look();
  expect((await runs()).map((row) => row.run)).toEqual([run]);
  github.unlabel(issue, "ada", "journeyman");
  ahead = EVERY_MS;
  await look();
  expect((await runs()).map((row) => row.run)).toEqual([run]);
});

test("a journal that is begun anew does nothing again that people asked of the one before", async () => {
  const repo = await github.repository({ name: "shop", files: { "README.md": "shop" } });
  const old = github.openIssue({ repo, user: "ada", title: "Done long ago", body: "" });
  github.comment(old, "ada", "/plan");
  ahead = 3_600_000;
  await rounds()();
  expect(await runs(), "the journal is younger than what was said").toEqual([]);
  ahead = 0;
  await remembering();
  ahead = 3_600_000;
  await rounds()();
  expect(await runs(), "it was there, and did not hear").toHaveLength(1);
});
