import { z } from "zod";
import { Change, RefusedEntry } from "./change.ts";
import { Command } from "./commands.ts";
import { Digest, RunId, Sha } from "./ids.ts";
import { AssistantMessage, Effort, StopReason, ToolDefinition, Usage, UserMessage } from "./messages.ts";
import { Plan } from "./plan.ts";
import { Settings, SettingsFault } from "./settings.ts";
import { Actor, IssueSnapshot, Permission, Subject } from "./subject.ts";

/*
 * The facts of a run. A fact is written once and never changed; state is what folding them gives.
 * Schemas only grow: a new meaning is a new `type` or a new version with an upcaster (rule R8).
 * Counts of money are micro-dollars, durations milliseconds, `command` the index of the `command.received` it answers.
 */

export const Stage = z.enum(["intake", "plan", "prepare", "implement", "verify", "publish"]);
export type Stage = z.infer<typeof Stage>;

/** A conversation with a model: planning (one per revision) or the whole implementation with its fixes. */
export const ConversationId = z.string().regex(/^(plan|implement)\.\d+$/);

const details = z.record(z.string(), z.union([z.string(), z.number()]));
const index = z.int().nonnegative();
const money = z.int().nonnegative();
const duration = z.int().nonnegative();

const fact = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

export const Todo = z.object({
  id: z.string(),
  text: z.string(),
  status: z.enum(["pending", "in_progress", "done"]),
  evidence: z.string().optional(),
});
export type Todo = z.infer<typeof Todo>;

/** What one run of the test command showed. `failing` holds test ids where the output names them, else is empty. */
export const TestReport = z.object({
  phase: z.enum(["baseline", "attempt"]),
  attempt: z.int().nonnegative(),
  command: z.string(),
  exitCode: z.int().nullable(),
  ended: z.enum(["exit", "timeout", "output_limit", "out_of_memory", "cancelled"]),
  durationMs: duration,
  failing: z.array(z.string()),
  /** Head and tail of the output, already redacted. */
  output: z.string(),
});
export type TestReport = z.infer<typeof TestReport>;

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
  }),
  fact("settings.refused", { faults: z.array(SettingsFault).min(1) }),
  // Work.
  fact("stage.started", { stage: Stage, round: z.int().nonnegative(), worker: z.string() }),
  fact("stage.failed", { stage: Stage, code: z.string(), details }),
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
  fact("tool.called", { conversation: ConversationId, turn: z.int(), callId: z.string(), name: z.string() }),
  /** `fix` is the number of the failed attempt that this result of `submit` reports. */
  fact("tool.returned", {
    conversation: ConversationId,
    turn: z.int(),
    callId: z.string(),
    content: z.string(),
    isError: z.boolean(),
    durationMs: duration,
    fix: z.int().positive().optional(),
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
