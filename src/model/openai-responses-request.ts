import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputItem,
} from "openai/resources/responses/responses";
import type { AssistantMessage, Message, ModelRequest, ToolDefinition, UserMessage } from "../core/messages.ts";
import { reasons } from "./openai-models.ts";
import { itemOf } from "./openai-thoughts.ts";
import { wireName } from "../core/vendor.ts";

/*
 * A model request in the words of OpenAI's Responses API. Pure.
 *
 * 1. Equal requests give equal bytes: every key has a fixed place, and `input` comes last.
 * 2. A request that only adds messages extends the earlier one byte for byte: the vendor caches the longest beginning it knows.
 * 3. Nothing is kept at the vendor, so reasoning travels with the conversation, encrypted, unchanged, right before what came of it.
 */

/** Stands for a message with nothing left to send, so that the turns stay apart. */
export const NOTHING = "(nothing)";

export function buildResponse(request: ModelRequest): ResponseCreateParamsStreaming {
  const model = wireName(request.model);
  return {
    model,
    max_output_tokens: request.maxOutputTokens,
    stream: true,
    store: false,
    ...(reasons(model) && {
      reasoning: { effort: request.effort },
      include: ["reasoning.encrypted_content" as const],
    }),
    ...(request.system.trim() !== "" && { instructions: request.system }),
    ...(request.tools.length > 0 && { tools: request.tools.map(toolOf) }),
    input: request.messages.flatMap(itemsOf),
  };
}

/** Not strict: the vendor's strict mode takes fewer schemas than our tools have; every input is checked when it arrives anyway. */
const toolOf = (tool: ToolDefinition): FunctionTool => ({
  type: "function",
  name: tool.name,
  description: tool.description,
  parameters: tool.schema,
  strict: false,
});

const itemsOf = (message: Message): ResponseInputItem[] =>
  message.role === "user" ? userItems(message) : assistantItems(message);

function userItems({ content }: UserMessage): ResponseInputItem[] {
  const results = content.flatMap((block): ResponseInputItem[] =>
    block.type === "tool_result"
      ? [{ type: "function_call_output", call_id: block.callId, output: block.content }]
      : [],
  );
  const texts = content.flatMap((block) => (block.type === "text" && block.text.trim() !== "" ? [block.text] : []));
  const said = texts.length === 0 && results.length === 0 ? [NOTHING] : texts;
  if (said.length === 0) return results;
  const parts = said.map((text) => ({ type: "input_text" as const, text }));
  return [...results, { type: "message", role: "user", content: parts }];
}

function assistantItems({ content }: AssistantMessage): ResponseInputItem[] {
  const items = content.flatMap((block): ResponseInputItem[] => {
    if (block.type === "text") return block.text.trim() === "" ? [] : [said(block.text)];
    if (block.type === "thinking") return [itemOf(block.signature)].filter((item) => item !== null);
    return [{ type: "function_call", call_id: block.id, name: block.name, arguments: JSON.stringify(block.input) }];
  });
  return items.every((item) => item.type === "reasoning") ? [said(NOTHING)] : items;
}

const said = (text: string): ResponseInputItem => ({ type: "message", role: "assistant", content: text });
