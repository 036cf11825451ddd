import { z } from "zod";
import { Change, RefusedEntry } from "./change/change.ts";
import { CONVERSATION_FACTS, ConversationId } from "./conversation/conversation-events.ts";
import { details, duration, fact, index, money } from "./fact-schema.ts";
import { Command } from "./commands.ts";
import { Exploration } from "./understanding/exploration.ts";
import { ArtifactDigest, Digest, RunId, Sha } from "./ids.ts";
import { Plan } from "./plan.ts";
import { RunForked } from "./fork.ts";
import { Review } from "./review.ts";
import { Routing } from "./understanding/routing.ts";
import { Settings, SettingsFault } from "./settings/settings.ts";
import { Actor, IssueSnapshot, Permission, Subject } from "./subject.ts";
import { TestReport } from "./testing/test-report.ts";
import { Todo } from "./todo.ts";

/*
 * The facts of a run. A fact is written once and never changed; state is what folding them gives.
 * Schemas only grow: a new meaning is a new `type` or a new version with an upcaster (rule R8).
 * Counts of money are micro-dollars, durations milliseconds, `command` the index of the `command.received` it answers.
 */

export const Stage = z.enum(["intake", "understand", "plan", "prepare", "implement", "verify", "review", "publish"]);
export type Stage = z.infer<typeof Stage>;

export const RunEvent = z.discriminatedUnion("type", [
  // People and deliveries: appended by the web side.
  fact("run.requested", { subject: Subject, title: z.string(), isPullRequest: z.boolean() }),
  fact("command.received", {
    command: Command,
    actor: Actor,
    deliveryId: z.string(),
    /** The comment that carried it; null for a label. */
    comment: z.object({ id: z.int(), updatedAt: z.string() }).nullable(),
  }),
  // What was decided about them.
  fact("command.accepted", { command: index, permission: Permission }),
  fact("command.refused", { command: index, permission: Permission.nullable(), reason: z.string(), details }),
  fact("plan.approved", {
    command: index,
    revision: z.int(),
    digest: Digest,
    by: Actor,
    budgetMicroUsd: money.nullable(),
    model: z.string().nullable(),
  }),
  fact("plan.revised", { command: index, revision: z.int(), feedback: z.string() }),
  fact("plan.rejected", { command: index, reason: z.string() }),
  fact("question.answered", { command: index, text: z.string() }),
  fact("budget.changed", { command: index, ceilingMicroUsd: money, by: Actor }),
  fact("run.cancelled", { command: index.nullable(), reason: z.string() }),
  fact("run.resumed", { command: index.nullable() }),
  // Intake.
  fact("intake.finished", {
    issue: IssueSnapshot,
    issueDigest: Digest,
    baseBranch: z.string(),
    baseSha: Sha,
    settings: Settings,
    settingsDigest: Digest,
    instructions: z.array(z.object({ path: z.string(), text: z.string() })),
    /** What the repository teaches on demand: names and descriptions; the bodies stay in its files. */
    skills: z.array(z.object({ name: z.string(), description: z.string(), path: z.string() })).optional(),
    /** Skills, and instruction files of the root, that were left out: `reason` completes "because …". */
    skillFaults: z.array(z.object({ path: z.string(), reason: z.string() })).optional(),
    instructionFaults: z.array(z.object({ path: z.string(), reason: z.string() })).optional(),
  }),
  fact("settings.refused", { faults: z.array(SettingsFault).min(1) }),
  // Understanding.
  fact("issue.routed", { conversation: ConversationId, ...Routing.shape }),
  fact("exploration.finished", Exploration.shape),
  // Work.
  fact("stage.started", { stage: Stage, round: z.int().nonnegative(), worker: z.string() }),
  fact("stage.failed", { stage: Stage, code: z.string(), details }),
  /** The stage came to no end, and the run goes on without it. */
  fact("stage.abandoned", { stage: Stage, code: z.string(), details }),
  fact("workspace.opened", {
    purpose: z.string(),
    strategy: z.enum(["overlay", "archive"]),
    files: z.int().nonnegative(),
    durationMs: duration,
  }),
  fact("setup.finished", {
    command: z.string().nullable(),
    exitCode: z.int().nullable(),
    durationMs: duration,
    output: z.string(),
    layer: z.string().nullable(),
    blocked: z.array(z.string()),
  }),
  ...CONVERSATION_FACTS,
  fact("todo.updated", { items: z.array(Todo) }),
  fact("checkpoint.saved", {
    conversation: ConversationId,
    turn: z.int(),
    changes: z.array(Change),
    refused: z.array(RefusedEntry),
    ignored: z.int().nonnegative(),
  }),
  fact("plan.proposed", {
    revision: z.int().positive(),
    plan: Plan,
    digest: Digest,
    baseSha: Sha,
    costLowMicroUsd: money,
    costHighMicroUsd: money,
    testCommand: z.string().nullable(),
    hidden: z.int().nonnegative(),
  }),
  fact("question.asked", { conversation: ConversationId, callId: z.string(), questions: z.array(z.string()).min(1) }),
  /** `leftFailing`: tests the executor leaves failing because they failed before and have nothing to do with the issue. */
  fact("work.submitted", { conversation: ConversationId, summary: z.string(), leftFailing: z.array(z.string()) }),
  fact("stage.finished", { stage: Stage, round: z.int().nonnegative() }),
  fact("tests.finished", TestReport.shape),
  /** The change's tests alone, on the base: `reproduced` when they fail there, as a test for a bug must. */
  fact("reproduction.finished", { files: z.array(z.string()), report: TestReport, reproduced: z.boolean() }),
  fact("change.reviewed", { conversation: ConversationId, ...Review.shape }),
  fact("change.checked", {
    changes: z.array(Change),
    refused: z.array(RefusedEntry),
    verdict: z.enum(["publishable", "refused"]),
    reasons: z.array(z.string()),
    sensitive: z.array(z.string()),
  }),
  // Outside effects.
  /** `digest`: of the text that is shown, where there is one; absent in facts of older releases. */
  fact("effect.intended", { key: z.string(), kind: z.string(), digest: ArtifactDigest.optional() }),
  fact("effect.done", { key: z.string(), kind: z.string(), remoteId: z.string(), url: z.string() }),
  fact("pull_request.opened", {
    number: z.int(),
    url: z.string(),
    headSha: Sha,
    branch: z.string(),
    draft: z.boolean(),
  }),
  // Forks: the facts before this one were taken over from another run.
  fact("run.forked", RunForked.shape),
  /** The run goes on as `run`, which begins with facts `0` to `at` of this one; done once `effect.done` says so. */
  fact("run.superseded", {
    command: index,
    run: RunId,
    at: index,
    /** The stage that is begun anew; null when it goes on where it stands. */
    from: Stage.nullable(),
    model: z.string().nullable(),
    /** The ceiling that a person set and that holds there too; null for that of the settings. */
    budgetMicroUsd: money.nullable(),
    by: Actor,
  }),
  // Bounds and ends.
  fact("limit.warned", { limit: z.string(), spentMicroUsd: money, ceilingMicroUsd: money }),
  fact("run.parked", { code: z.string(), details, resumeAt: z.string().nullable() }),
  fact("run.finished", {
    /** `unpublished`: a fork that shows nothing to GitHub came to where it would publish. `superseded`: it goes on as another run. */
    outcome: z.enum([
      "pull_request",
      "draft",
      "failed",
      "rejected",
      "cancelled",
      "refused",
      "unpublished",
      "superseded",
    ]),
    code: z.string().nullable(),
    details,
  }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** The version written with every fact. A reader refuses a newer one and upcasts an older one. */
export const EVENT_VERSION = 1;

/** A fact in its place: `index` counts from 0 without gaps, `epoch` is the lease it was written under, `at` is ISO 8601 UTC. */
export const StoredEvent = z.object({
  run: RunId,
  index,
  epoch: z.int().nonnegative(),
  at: z.string(),
  event: RunEvent,
});
export type StoredEvent = z.infer<typeof StoredEvent>;
