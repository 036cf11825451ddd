import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { AssistantMessage, ModelRequest, ToolDefinition, UserMessage } from "../core/messages.ts";
import { isOwnModel, reasons } from "./openai-models.ts";
import { NOTHING } from "./openai-responses-request.ts";
import { wireName } from "../core/vendor.ts";

/*
 * A model request in the words of Chat Completions. Pure. Equal requests give equal bytes, `messages` comes last, and a request that
 * only adds messages extends the earlier one byte for byte. The wire carries no thoughts: none are sent back.
 */

export function buildChat(request: ModelRequest): ChatCompletionCreateParamsStreaming {
  const model = wireName(request.model);
  return {
    model,
    ...(isOwnModel(model)
      ? { max_completion_tokens: request.maxOutputTokens }
      : { max_tokens: request.maxOutputTokens }),
    stream: true,
    // Without it no usage is told, and nothing can be charged.
    stream_options: { include_usage: true },
    store: false,
    ...(reasons(model) && { reasoning_effort: request.effort }),
    ...(request.tools.length > 0 && { tools: request.tools.map(toolOf) }),
    messages: [
      ...(request.system.trim() === "" ? [] : [{ role: "system" as const, content: request.system }]),
      ...request.messages.flatMap((message) => (message.role === "user" ? userOf(message) : [assistantOf(message)])),
    ],
  };
}

const toolOf = (tool: ToolDefinition): ChatCompletionFunctionTool => ({
  type: "function",
  function: { name: tool.name, description: tool.description, parameters: tool.schema },
});

/** One message for each text, as plain text: other servers know no parts. */
function userOf({ content }: UserMessage): ChatCompletionMessageParam[] {
  const messages = content.flatMap((block): ChatCompletionMessageParam[] => {
    if (block.type === "tool_result") return [{ role: "tool", tool_call_id: block.callId, content: block.content }];
    return block.text.trim() === "" ? [] : [{ role: "user", content: block.text }];
  });
  return messages.length > 0 ? messages : [{ role: "user", content: NOTHING }];
}

function assistantOf({ content }: AssistantMessage): ChatCompletionMessageParam {
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = content.flatMap((block) =>
    block.type === "tool_call"
      ? [
          {
            id: block.id,
            type: "function" as const,
            function: { name: block.name, arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
  const said = text.trim() === "" ? null : text;
  if (calls.length === 0) return { role: "assistant", content: said ?? NOTHING };
  return { role: "assistant", content: said, tool_calls: calls };
}
