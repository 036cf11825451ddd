import type { RunEvent, StoredEvent } from "../../src/core/events.ts";
import type { TestReport } from "../../src/core/testing/test-report.ts";
import { fold } from "../../src/core/evolve.ts";
import { digestOf } from "../../src/core/digest.ts";
import { makeRunId, Sha } from "../../src/core/ids.ts";
import { planDigest, issueDigest, type Plan } from "../../src/core/plan.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../src/core/settings/settings.ts";
import type { RunState } from "../../src/core/state.ts";
import type { Actor, Subject } from "../../src/core/subject.ts";
import type { Command } from "../../src/core/commands.ts";

/*
 * True facts for tests of the core: what a run's journal holds at each point of its life.
 */

export const RUN = makeRunId(Date.UTC(2026, 0, 1), new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
export const BASE = Sha.parse("a".repeat(40));
export const ISSUE = {
  title: "Rounding is wrong",
  body: "1.005 should become 1.01",
  author: "reporter",
  state: "open" as const,
  locked: false,
  labels: ["journeyman"],
  comments: [],
};
export const SUBJECT: Subject = {
  host: "github.test",
  installationId: 7,
  repositoryId: 42,
  owner: "octo",
  name: "shop",
  issue: 12,
};
export const actor = (login: string, id: number, more: Partial<Actor> = {}): Actor => ({
  id,
  login,
  type: "User",
  viaApp: false,
  ...more,
});
export const MAINTAINER = actor("maintainer", 1);
export const PLAN: Plan = {
  title: "Round half up",
  summary: "Money is rounded with floating point; round in cents instead.",
  steps: ["Change round() in src/money.js"],
  paths: ["src/money.js", "test/**"],
  commands: [],
  tests: ["1.005 becomes 1.01"],
  risks: [],
};

export const requested = (): RunEvent => ({
  type: "run.requested",
  subject: SUBJECT,
  title: ISSUE.title,
  isPullRequest: false,
});

export const received = (command: Command, by: Actor = MAINTAINER, commentId: number | null = 100): RunEvent => ({
  type: "command.received",
  command,
  actor: by,
  deliveryId: `delivery-${command.name}`,
  comment: commentId === null ? null : { id: commentId, updatedAt: "2026-01-01T00:00:00Z" },
});

export const PLAN_COMMAND: Command = { name: "plan", guidance: "", source: "label" };
export const approveCommand = (digest: string | null = null): Command => ({
  name: "approve",
  digest,
  budgetUsd: null,
  model: null,
});

export const intakeFinished = (settings: Settings = DEFAULT_SETTINGS): RunEvent => ({
  type: "intake.finished",
  issue: ISSUE,
  issueDigest: issueDigest(ISSUE),
  baseBranch: "main",
  baseSha: BASE,
  settings,
  settingsDigest: digestOf("settings"),
  instructions: [],
});

export const proposed = (revision = 1, plan: Plan = PLAN): RunEvent => ({
  type: "plan.proposed",
  revision,
  plan,
  digest: planDigest({ plan, revision, baseSha: BASE, issue: issueDigest(ISSUE) }),
  baseSha: BASE,
  costLowMicroUsd: 100_000,
  costHighMicroUsd: 900_000,
  testCommand: "npm test",
  hidden: 0,
});

export const approved = (command: number, revision = 1): RunEvent => ({
  type: "plan.approved",
  command,
  revision,
  digest: planDigest({ plan: PLAN, revision, baseSha: BASE, issue: issueDigest(ISSUE) }),
  by: MAINTAINER,
  budgetMicroUsd: null,
  model: null,
});

export const report = (more: Partial<TestReport> = {}): RunEvent => ({
  type: "tests.finished",
  phase: "attempt",
  attempt: 1,
  command: "npm test",
  exitCode: 0,
  ended: "exit",
  durationMs: 900,
  failing: [],
  output: "ok",
  ...more,
});

export const submitted = (leftFailing: string[] = []): RunEvent => ({
  type: "work.submitted",
  conversation: "implement.1",
  summary: "Rounded in cents.",
  leftFailing,
});

/** Facts from the label to a posted plan: the last index is 3. */
export const toPlan = (settings?: Settings): RunEvent[] => [
  requested(),
  received(PLAN_COMMAND, MAINTAINER, null),
  { type: "command.accepted", command: 1, permission: "write" },
  intakeFinished(settings),
  proposed(),
];

/** Facts from the label to the end of the preparation. */
export const toPrepared = (settings?: Settings): RunEvent[] => [
  ...toPlan(settings),
  received(approveCommand()),
  { type: "command.accepted", command: 5, permission: "write" },
  approved(5),
  report({ phase: "baseline", attempt: 0 }),
  { type: "stage.finished", stage: "prepare", round: 0 },
];

export const stored = (events: readonly RunEvent[]): StoredEvent[] =>
  events.map((event, index) => ({
    run: RUN,
    index,
    epoch: 1,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    event,
  }));

export const stateOf = (events: readonly RunEvent[]): RunState => fold(RUN, stored(events));
