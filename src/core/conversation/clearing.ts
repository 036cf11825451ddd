import type { ToolCall, ToolResult } from "../messages.ts";
import { addSize, type Size, sizeOf, ZERO_SIZE } from "./size.ts";
import { placedMessages, transcriptOf, type Placed, type Transcript } from "./transcript.ts";

/*
 * Old results of tools, replaced by a line that says what stood there and how to get it again. The calls stay: they are the model's own
 * words. What is replaced follows from the transcript and one turn number, so a fact needs to hold no more than that; the rule is part of
 * the fact's meaning and must not change for facts already written.
 */

/** A shorter result is not worth a line in its place. */
const LEAST_BYTES = 1_000;
const INPUT_CHARS = 200;
/** Results that were given once and cannot be had again by a look at the files. */
const STAYS: ReadonlySet<string> = new Set(["todo", "submit", "ask", "consult", "task", "skill"]);

export interface Cleared {
  readonly transcript: Transcript;
  readonly results: number;
  /** What the transcript lost. */
  readonly freed: Size;
}

/** The transcript without the large results of the answers before `beforeTurn`. */
export function clearResults(transcript: Transcript, beforeTurn: number): Cleared {
  let results = 0;
  let freed = ZERO_SIZE;
  let calls = new Map<string, ToolCall>();
  const all = placedMessages(transcript).map(({ turn, message }): Placed => {
    if (message.role === "assistant") {
      calls = new Map(message.content.flatMap((block) => (block.type === "tool_call" ? [[block.id, block]] : [])));
      return { turn, message };
    }
    if (turn >= beforeTurn) return { turn, message };
    const content = message.content.map((block) => {
      const call = block.type === "tool_result" ? calls.get(block.callId) : undefined;
      if (block.type !== "tool_result" || call === undefined || !isClearable(call, block)) return block;
      const line = { ...block, content: placeholder(call, block) };
      results += 1;
      freed = addSize(freed, less(sizeOf(block), sizeOf(line)));
      return line;
    });
    return content.every((block, at) => block === message.content[at])
      ? { turn, message }
      : { turn, message: { role: "user", content } };
  });
  return { transcript: results === 0 ? transcript : (transcriptOf(all) ?? transcript), results, freed };
}

const isClearable = ({ name }: ToolCall, { content }: ToolResult): boolean =>
  !STAYS.has(name) && Buffer.byteLength(content) >= LEAST_BYTES;

const less = (a: Size, b: Size): Size => ({ bytes: a.bytes - b.bytes, tokens: a.tokens - b.tokens });

/** How a line that stands for a result begins. */
export const CLEARED = "[Taken out to save room: ";

const KEPT = /\/tmp\/journeyman\/[\w-]+\.txt/;

function placeholder({ name, input }: ToolCall, { content, isError }: ToolResult): string {
  const given = JSON.stringify(input).slice(0, INPUT_CHARS);
  const kept = KEPT.exec(content)?.[0];
  const where = kept === undefined ? "" : ` The whole was kept in ${kept}.`;
  const what = `${isError ? "the failure" : "the result"} of ${name} ${given}, ${Buffer.byteLength(content)} bytes`;
  return `${CLEARED}${what}.${where} Call ${name} again if you need it.]`;
}
