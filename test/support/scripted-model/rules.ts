import { signatureOf } from "./request.ts";
import type { WireBlock, WireMessage, WireRequest } from "./request.ts";

/* What the vendor answers 400 to, in its own words as far as they are known. */

type Fault = string | null;

/** The first rule that the request breaks; null when it is in order. `paused` tells whether an answer of ours ended in `pause_turn`. */
export function faultIn(request: WireRequest, paused: (message: WireMessage) => boolean): Fault {
  const messages = combined(request.messages);
  const last = messages.at(-1);
  if (messages[0]?.role !== "user") return 'messages: first message must use the "user" role';
  if (last?.role === "assistant" && !paused(last))
    return "This model does not support assistant message prefill. The conversation must end with a user message.";
  return (
    tooManyMarks(request) ?? firstFault(messages, (message, at) => messageFault(message, at)) ?? pairingFault(messages)
  );
}

/** Consecutive messages of one role are one turn to the vendor. */
function combined(messages: readonly WireMessage[]): WireMessage[] {
  const turns: WireMessage[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === message.role)
      turns[turns.length - 1] = { ...last, content: [...last.content, ...message.content] };
    else turns.push(message);
  }
  return turns;
}

function tooManyMarks({ tools, system, messages }: WireRequest): Fault {
  const all = [...tools, ...system, ...messages.flatMap((message) => message.content)];
  const marks = all.filter((block) => "cache_control" in block && block.cache_control).length;
  return marks > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : null;
}

function messageFault({ content }: WireMessage, at: number): Fault {
  if (content.length === 0) return `messages.${at}: all messages must have non-empty content`;
  return firstFault(content, (block, index) => blockFault(block, `messages.${at}.content.${index}`));
}

function blockFault(block: WireBlock, where: string): Fault {
  if (block.type === "text" && block.text.trim() === "")
    return `${where}: text content blocks must contain non-whitespace text`;
  if (block.type === "thinking" && block.thinking !== "" && block.signature !== signatureOf(block.thinking)) {
    return `${where}: Invalid \`signature\` in \`thinking\` block`;
  }
  return null;
}

function pairingFault(messages: readonly WireMessage[]): Fault {
  const seen = new Set<string>();
  return firstFault(messages, (message, at) => {
    const asked = messages[at - 1]?.content.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])) ?? [];
    if (message.role === "assistant") return repeatedId(message, seen);
    const firstOther = message.content.findIndex((block) => block.type !== "tool_result");
    const leading = message.content.slice(0, firstOther === -1 ? undefined : firstOther);
    const answered = new Set(leading.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : [])));
    const missing = asked.filter((id) => !answered.has(id));
    if (missing.length > 0) {
      return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}`;
    }
    const results = message.content.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
    const stray = results.find((id, index) => !asked.includes(id) || results.indexOf(id) !== index);
    return stray === undefined
      ? null
      : `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}`;
  });
}

function repeatedId(message: WireMessage, seen: Set<string>): Fault {
  for (const block of message.content) {
    if (block.type !== "tool_use") continue;
    if (seen.has(block.id)) return "messages: `tool_use` ids must be unique";
    seen.add(block.id);
  }
  return null;
}

function firstFault<T>(items: readonly T[], check: (item: T, at: number) => Fault): Fault {
  for (const [at, item] of items.entries()) {
    const fault = check(item, at);
    if (fault !== null) return fault;
  }
  return null;
}
