import { z } from "zod";
import { Change, RefusedEntry } from "./change/change.ts";
import { Command } from "./commands.ts";
import { Exploration } from "./understanding/exploration.ts";
import { Digest, RunId, Sha } from "./ids.ts";
import { AssistantMessage, Effort, StopReason, ToolDefinition, Usage, UserMessage } from "./messages.ts";
import { Plan } from "./plan.ts";
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

/** A conversation with a model, by what it is for: `plan.2` is the second planning, `task.3` the third subagent. */
export const ConversationId = z.string().regex(/^[a-z]+(?:\.\d+)+$/);

const details = z.record(z.string(), z.union([z.string(), z.number()]));
const index = z.int().nonnegative();
const money = z.int().nonnegative();
const duration = z.int().nonnegative();

const fact = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

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
  fact("conversation.started", {
    conversation: ConversationId,
    role: z.string(),
    model: z.string(),
    effort: Effort,
    system: z.string(),
    tools: z.array(ToolDefinition),
    message: UserMessage,
    /** Why this model and this effort. */
    reason: z.string().optional(),
    /** The call of another conversation that this one answers. */
    parent: z.object({ conversation: ConversationId, callId: z.string() }).optional(),
    /** The conversation that is gone on with here, in a fresh context. */
    continues: z.object({ conversation: ConversationId, cause: z.enum(["context", "escalation"]) }).optional(),
    /** The conversation whose answers before turn `beforeTurn` are summed up here. */
    summarises: z.object({ conversation: ConversationId, beforeTurn: z.int() }).optional(),
  }),
  fact("message.added", { conversation: ConversationId, text: z.string() }),
  fact("model.requested", {
    conversation: ConversationId,
    turn: z.int(),
    model: z.string(),
    requestDigest: Digest,
    reservedMicroUsd: money,
  }),
  fact("model.responded", {
    conversation: ConversationId,
    turn: z.int(),
    message: AssistantMessage,
    stopReason: StopReason,
    usage: Usage,
    costMicroUsd: money,
    requestId: z.string(),
    durationMs: duration,
  }),
  fact("model.failed", {
    conversation: ConversationId,
    turn: z.int(),
    failure: z.string(),
    detail: z.string(),
    retryAfterMs: duration.nullable(),
    costMicroUsd: money,
  }),
  /** `effect`: what this call may do to the workspace; absent in facts of older releases. */
  fact("tool.called", {
    conversation: ConversationId,
    turn: z.int(),
    callId: z.string(),
    name: z.string(),
    effect: z.enum(["none", "edit", "command", "end"]).optional(),
  }),
  /** The conversation goes on with another model, because the one before did not answer. */
  fact("model.switched", { conversation: ConversationId, from: z.string(), to: z.string(), reason: z.string() }),
  /** Results of tools of the answers before `beforeTurn` were taken out of the conversation: how many, and their bytes. */
  fact("context.cleared", { conversation: ConversationId, beforeTurn: z.int(), results: index, bytes: index }),
  /** What came between the task and turn `keepFromTurn`, so many bytes, was put into a summary, written in the conversation `by`. */
  fact("context.compacted", {
    conversation: ConversationId,
    keepFromTurn: z.int(),
    summary: z.string(),
    by: ConversationId,
    bytes: index,
  }),
  fact("instructions.loaded", {
    conversation: ConversationId,
    path: z.string(),
    /** As the model gets it: the file's text in a fence, or a sentence that says why it was left out. */
    text: z.string(),
    /** Why it was left out: a link, or not text (not UTF-8, with zero bytes, or larger than 1 MiB). */
    leftOut: z.enum(["link", "not_text"]).optional(),
  }),
  /** `fix` is the number of the failed attempt that this result of `submit` reports, `review` that of the review. */
  fact("tool.returned", {
    conversation: ConversationId,
    turn: z.int(),
    callId: z.string(),
    content: z.string(),
    isError: z.boolean(),
    durationMs: duration,
    fix: z.int().positive().optional(),
    review: z.int().positive().optional(),
  }),
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
  fact("effect.intended", { key: z.string(), kind: z.string() }),
  fact("effect.done", { key: z.string(), kind: z.string(), remoteId: z.string(), url: z.string() }),
  fact("pull_request.opened", {
    number: z.int(),
    url: z.string(),
    headSha: Sha,
    branch: z.string(),
    draft: z.boolean(),
  }),
  // Bounds and ends.
  fact("limit.warned", { limit: z.string(), spentMicroUsd: money, ceilingMicroUsd: money }),
  fact("run.parked", { code: z.string(), details, resumeAt: z.string().nullable() }),
  fact("run.finished", {
    outcome: z.enum(["pull_request", "draft", "failed", "rejected", "cancelled", "refused"]),
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
