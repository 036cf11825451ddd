import { z } from "zod";
import { duration, fact, index, money } from "../fact-schema.ts";
import { Digest } from "../ids.ts";
import { AssistantMessage, Effort, StopReason, ToolDefinition, Usage, UserMessage } from "../messages.ts";

/* The facts of conversations with models, for the union of all facts in core/events.ts. */

/** A conversation with a model, by what it is for: `plan.2` is the second planning, `task.3` the third subagent. */
export const ConversationId = z.string().regex(/^[a-z]+(?:\.\d+)+$/);

export const CONVERSATION_FACTS = [
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
] as const;
