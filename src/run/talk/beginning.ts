import type { EventOf } from "../../core/events.ts";
import type { Chosen } from "../../core/settings/role.ts";
import type { Tool } from "../../tools/tool.ts";

/** What a model is told before anything else: the same for every job of its kind, but for the text. */
export interface Brief {
  readonly system: string;
  readonly tools: readonly Tool[];
  /** The first message. */
  readonly text: string;
}

type Origin = Partial<Pick<EventOf<"conversation.started">, "parent" | "continues">>;

/** The fact that begins a conversation: who was chosen for it and why, and what they are told. */
export const begun = (
  conversation: string,
  { role, model, effort, reason }: Chosen,
  { system, tools, text, ...origin }: Brief & Origin,
): EventOf<"conversation.started"> => ({
  type: "conversation.started",
  conversation,
  role,
  model,
  effort,
  system,
  tools: tools.map((tool) => tool.definition),
  message: { role: "user", content: [{ type: "text", text }] },
  reason,
  ...origin,
});
