import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { status, type Refusal } from "../scripted-model/answer.ts";
import { jsonOf, type Dialect, type Read } from "../scripted-model/dialect.ts";
import { WireRequest } from "../scripted-model/request.ts";
import { faultIn } from "../scripted-model/rules.ts";
import { written } from "../scripted-model/stream.ts";
import { chatFault, ChatRequest, messagesOf as chatMessages } from "./chat-request.ts";
import { chatPieces } from "./chat-stream.ts";
import { createPrefixCache } from "./prefix-cache.ts";
import { messagesOf as responseMessages, responsesFault, ResponsesRequest } from "./responses-request.ts";
import { responsePieces } from "./responses-stream.ts";

const RESPONSES = "/v1/responses";
const CHAT = "/v1/chat/completions";

const OVERLOADED = { type: "error", code: "server_is_overloaded", message: "Overloaded", param: null };

const shared = {
  requestIdHeader: "x-request-id",
  createCache: createPrefixCache,
  keyOf: ({ authorization }: IncomingMessage["headers"]) => /^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? null,
  // Asked for a stream or refused: see the requests' schemas.
  whole: () => null,
  ping: ": keep-alive\n\n",
  refusal: errorBody,
  models: { object: "list", data: [] },
};

/** OpenAI's Responses API. */
export const OPENAI_RESPONSES: Dialect = {
  ...shared,
  asks: (path) => path === RESPONSES,
  pieces: (_, message) => responsePieces(message),
  read: (_, raw) => {
    const parsed = ResponsesRequest.safeParse(jsonOf(raw));
    if (!parsed.success) return faulty(parsed.error);
    const { model, max_output_tokens: bound, instructions, tools } = parsed.data;
    const fault = responsesFault(parsed.data);
    if (fault !== null) return status(400, { message: fault });
    const wire = { model, bound, system: instructions, messages: responseMessages(parsed.data) };
    return readAs({ ...wire, tools: tools.map(({ name, parameters }) => ({ name, input_schema: parameters })) });
  },
  overloaded: written({ ...OVERLOADED, sequence_number: 99 }),
  notJson: `event: response.output_text.delta\ndata: {"type":\n\n`,
};

/** OpenAI's Chat Completions. */
export const OPENAI_CHAT: Dialect = {
  ...shared,
  asks: (path) => path === CHAT,
  pieces: (_, message) => chatPieces(message),
  read: (_, raw) => {
    const parsed = ChatRequest.safeParse(jsonOf(raw));
    if (!parsed.success) return faulty(parsed.error);
    const { model, messages, tools, max_completion_tokens: newer, max_tokens: older } = parsed.data;
    const fault = chatFault(parsed.data);
    if (fault !== null) return status(400, { message: fault });
    const system = messages.flatMap((message) => (message.role === "system" ? [message.content] : [])).join("\n");
    const functions = tools.map((tool) => ({ name: tool.function.name, input_schema: tool.function.parameters }));
    return readAs({
      model,
      bound: newer ?? older ?? 0,
      system,
      messages: chatMessages(parsed.data),
      tools: functions,
    });
  },
  overloaded: `data: ${JSON.stringify({ error: OVERLOADED })}\n\n`,
  notJson: `data: {"id":\n\n`,
};

/** In the form that scripts know, held to the rules that all vendors share. */
function readAs(given: {
  readonly model: string;
  readonly bound: number;
  readonly system: string;
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
}): Read {
  const { bound, ...rest } = given;
  const parsed = WireRequest.safeParse({ ...rest, max_tokens: bound, stream: true });
  if (!parsed.success) return faulty(parsed.error);
  const fault = faultIn(parsed.data, () => false);
  return fault === null ? { kind: "request", request: parsed.data } : status(400, { message: fault });
}

const faulty = (error: z.ZodError): Refusal =>
  status(400, { message: error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ") });

/** The vendor has a code for a request that is too long, and none of Anthropic's types. */
function errorBody({ status: code, body }: Refusal): unknown {
  const message = messageIn(body);
  const tooLong = message.startsWith("prompt is too long");
  const type = code >= 500 ? "server_error" : code === 429 ? "rate_limit_exceeded" : "invalid_request_error";
  return { error: { message, type, param: null, code: tooLong ? "context_length_exceeded" : null } };
}

function messageIn(body: unknown): string {
  const { error } = { error: {}, ...(typeof body === "object" ? body : {}) };
  return typeof error === "object" && "message" in error && typeof error.message === "string" ? error.message : "";
}
