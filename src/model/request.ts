import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from "@anthropic-ai/sdk/resources/messages";
import type { AssistantMessage, Message, ModelRequest, ToolDefinition, UserMessage } from "../core/messages.ts";
import { isThoughtOf, wireName } from "../core/vendor.ts";

/*
 * A model request in Anthropic's words. Pure.
 *
 * 1. Equal requests give equal bytes: every key has a fixed place, and `messages` comes last.
 * 2. A request that only adds messages extends the earlier one byte for byte, cache marks aside. So nothing here may depend on
 *    how long the conversation is, except the marks.
 * 3. At most four marks, the most the vendor takes. A mark finds what an earlier request stored at a mark within 20 blocks
 *    before it; one wide answer has more blocks than that, so the message that was last in the request before stays marked.
 */

const MARK = { cache_control: { type: "ephemeral" } } as const;

/** Stands for a message with nothing left to send: the vendor takes no empty message, and leaving it out would break the alternation. */
const NOTHING = "(nothing)";

/** Models before 4.6 know neither adaptive thinking nor effort and answer 400 to both; they are asked without. */
const WITHOUT_ADAPTIVE_THINKING = /^claude-(?:[123]|(?:opus|sonnet|haiku)-4-(?:[015](?:-|$)|\d{8}))/;

type Beginning = Omit<MessageCreateParamsStreaming, "messages">;

export const buildParams = (request: ModelRequest): MessageCreateParamsStreaming => ({
  ...beginningOf(request),
  messages: marked(request.messages).map(({ message, hasMark }) => messageOf(message, hasMark)),
});

/** The parameters as they are sent: JSON of `buildParams`. A message is written once, and copied in every request after that. */
export function buildBody(request: ModelRequest): Uint8Array<ArrayBuffer> {
  const messages = marked(request.messages).flatMap((one, at) => (at === 0 ? [bytesOf(one)] : [COMMA, bytesOf(one)]));
  const beginning = JSON.stringify(beginningOf(request)).slice(0, -1);
  return Buffer.concat([Buffer.from(`${beginning},"messages":[`), ...messages, Buffer.from("]}")]);
}

const COMMA = Buffer.from(",");

const beginningOf = (request: ModelRequest): Beginning => ({
  model: wireName(request.model),
  max_tokens: request.maxOutputTokens,
  stream: true,
  ...reasoningOf(request),
  ...headOf(request),
});

function reasoningOf({
  model,
  effort,
}: ModelRequest): Pick<MessageCreateParamsStreaming, "thinking" | "output_config"> {
  if (WITHOUT_ADAPTIVE_THINKING.test(wireName(model))) return {};
  return { thinking: { type: "adaptive" }, output_config: { effort } };
}

/** What comes before the messages, marked once at its end: the vendor reads tools first, then the system text. */
function headOf({ system, tools }: ModelRequest): Pick<MessageCreateParamsStreaming, "tools" | "system"> {
  const hasSystem = system.trim() !== "";
  const last = tools.length - 1;
  const wire = tools.map((tool, at) => (at === last && !hasSystem ? { ...toolOf(tool), ...MARK } : toolOf(tool)));
  return {
    ...(wire.length > 0 && { tools: wire }),
    ...(hasSystem && { system: [{ type: "text" as const, text: system, ...MARK }] }),
  };
}

const toolOf = (tool: ToolDefinition): Tool => ({
  name: tool.name,
  description: tool.description,
  input_schema: { ...tool.schema, type: "object" },
});

interface Marked {
  readonly message: Message;
  readonly hasMark: boolean;
}

/** The first user message keeps its mark, so that the task is still read from the cache after old turns were cut out behind it. */
function marked(messages: readonly Message[]): readonly Marked[] {
  const users = messages.flatMap((message, at) => (message.role === "user" ? [at] : []));
  const chosen = new Set([...users.slice(0, 1), ...users.slice(-2)]);
  return messages.map((message, at) => ({ message, hasMark: chosen.has(at) }));
}

const messageOf = (message: Message, hasMark: boolean): MessageParam =>
  message.role === "user" ? userOf(message, hasMark) : { role: "assistant", content: assistantBlocks(message) };

/** Messages are never changed, so what was written of one stays true. The few with a mark are written anew. */
const written = new WeakMap<Message, Buffer>();

function bytesOf({ message, hasMark }: Marked): Buffer {
  const known = hasMark ? undefined : written.get(message);
  if (known !== undefined) return known;
  const bytes = Buffer.from(JSON.stringify(messageOf(message, hasMark)));
  if (!hasMark) written.set(message, bytes);
  return bytes;
}

function userOf(message: UserMessage, hasMark: boolean): MessageParam {
  const blocks: ContentBlockParam[] = message.content.flatMap((block): ContentBlockParam[] => {
    if (block.type === "text") return textOf(block.text);
    const result = { type: "tool_result" as const, tool_use_id: block.callId, content: block.content };
    return [block.isError ? { ...result, is_error: true } : result];
  });
  const content = orNothing(blocks);
  return {
    role: "user",
    content: content.map((block, at) => (hasMark && at === content.length - 1 ? { ...block, ...MARK } : block)),
  };
}

function assistantBlocks(message: AssistantMessage): ContentBlockParam[] {
  const blocks = message.content.flatMap((block): ContentBlockParam[] => {
    if (block.type === "text") return textOf(block.text);
    if (block.type === "tool_call") return [{ type: "tool_use", id: block.id, name: block.name, input: block.input }];
    if (!isThoughtOf("anthropic", block.signature)) return [];
    if (block.redacted === true) return [{ type: "redacted_thinking", data: block.signature }];
    return [{ type: "thinking", thinking: block.text, signature: block.signature }];
  });
  return orNothing(blocks);
}

/** The vendor refuses a text of nothing but white space. */
const textOf = (text: string): ContentBlockParam[] => (text.trim() === "" ? [] : [{ type: "text", text }]);

const orNothing = (blocks: ContentBlockParam[]): ContentBlockParam[] =>
  blocks.length > 0 ? blocks : [{ type: "text", text: NOTHING }];
