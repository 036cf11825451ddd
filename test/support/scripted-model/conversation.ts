import type {
  AssistantMessage,
  Message,
  ModelRequest,
  ToolDefinition,
  UserMessage,
} from "../../../src/core/messages.ts";

/* Conversations to ask a model with. */

const SYSTEM = `You are the executor. ${"Work in small steps and say what you found. ".repeat(110)}`;

const BASH: ToolDefinition = {
  name: "bash",
  description: "Runs a command",
  schema: {
    type: "object",
    properties: { command: { type: "string" } },
    required: ["command"],
    additionalProperties: false,
  },
};

export const user = (text: string): UserMessage => ({ role: "user", content: [{ type: "text", text }] });

export const asking = (messages: readonly Message[], more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "claude-opus-5-5",
  effort: "medium",
  system: SYSTEM,
  tools: [BASH],
  maxOutputTokens: 4096,
  messages,
  ...more,
});

/** Answers every call of a message, in order. */
export const resultsFor = (message: AssistantMessage, content: string): UserMessage => ({
  role: "user",
  content: message.content.flatMap((block) =>
    block.type === "tool_call"
      ? [{ type: "tool_result" as const, callId: block.id, content, isError: block.malformed !== undefined }]
      : [],
  ),
});
