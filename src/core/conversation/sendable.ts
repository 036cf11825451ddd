import type { AssistantMessage } from "../messages.ts";

type Blocks = AssistantMessage["content"];

/**
 * The blocks of answer number `turn` that a vendor accepts back: no blank texts, nothing when only thoughts are left, and every call under
 * an id of its own. `isTaken` says which ids the conversation has used before.
 */
export function sendable(message: AssistantMessage, turn: number, isTaken: (id: string) => boolean): Blocks {
  const own = new Set<string>();
  const content = message.content
    .filter((block) => block.type !== "text" || block.text.trim() !== "")
    .map((block, place) => {
      if (block.type !== "tool_call") return block;
      const id = isTaken(block.id) || own.has(block.id) ? `${block.id}-${turn}-${place}` : block.id;
      own.add(id);
      return id === block.id ? block : { ...block, id };
    });
  return content.every((block) => block.type === "thinking") ? [] : content;
}
