import type { Room } from "../../agent/room.ts";
import type { Conversation } from "../../core/conversation/conversation.ts";
import { workingConversation } from "../../core/conversation/working.ts";
import { nestedInstructions } from "./nested-instructions.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { summarising, type Talk } from "./summarising.ts";

/** What a conversation wishes of its room. */
export interface Held {
  readonly conversation: string;
  /** For the executor: begins the conversation in which the work goes on when this one has grown too long. */
  readonly handOff?: Room["handOff"];
}

/** The conversation that is held now: the one wished for, or, of the work, the one in which it goes on. */
export function currentOf({ state }: StageContext, { conversation, handOff }: Held): Conversation {
  const current = handOff === undefined ? state().conversations[conversation] : workingConversation(state());
  return required(current ?? null, "conversation");
}

/** How a conversation is kept short. The one that sums up another has nothing that could be summed up. */
export function roomFor(context: StageContext, held: Held, talk: Talk): { readonly room?: Room } {
  if (currentOf(context, held).summarises !== undefined) return {};
  const { handOff } = held;
  const room: Room = {
    tokens: intakeOf(context).settings.limits.context_tokens,
    summarise: summarising(context, talk),
    instructions: nestedInstructions(context),
    ...(handOff && { handOff }),
  };
  return { room };
}
