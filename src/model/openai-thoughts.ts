import { z } from "zod";
import type { ResponseReasoningItem } from "openai/resources/responses/responses";

/* Reasoning between turns: the vendor's whole item as JSON behind a prefix, so that it travels back as it came. */

const PREFIX = "openai:";

const Item = z.looseObject({ type: z.literal("reasoning"), id: z.string(), summary: z.array(z.unknown()) });

/** What a thought's signature is; empty when the vendor gave nothing that could be sent back. */
export function signatureOf(item: ResponseReasoningItem): string {
  if (typeof item.encrypted_content !== "string" || item.encrypted_content === "") return "";
  const { id, summary, content, encrypted_content: encrypted } = item;
  const kept = { type: "reasoning", id, summary, ...(content && { content }), encrypted_content: encrypted };
  return PREFIX + JSON.stringify(kept);
}

/** The item of a thought of ours; null when it is another vendor's. */
export function itemOf(signature: string): ResponseReasoningItem | null {
  if (!signature.startsWith(PREFIX)) return null;
  const parsed = Item.safeParse(JSON.parse(signature.slice(PREFIX.length)));
  return parsed.success ? (parsed.data as ResponseReasoningItem) : null; // the vendor's own item, as it came
}

/** What of a thought can be read: its summary, else its text. */
export const textOf = ({ summary, content }: ResponseReasoningItem): string =>
  (summary.length > 0 ? summary : (content ?? [])).map(({ text }) => text).join("\n\n");
