import type { Conversation } from "./conversation.ts";
import type { RunState } from "../state.ts";

const WORK = /^implement\.(\d+)$/;

const placeOf = (id: string): number => Number(WORK.exec(id)?.[1] ?? 0);

/** The conversation in which the plan is carried out now: the newest, since one that grew too long is gone on with in another. */
export const workingConversation = ({ conversations }: Pick<RunState, "conversations">): Conversation | null =>
  Object.values(conversations).reduce<Conversation | null>(
    (newest, one) => (placeOf(one.id) > placeOf(newest?.id ?? "") ? one : newest),
    null,
  );

/** The id of the next one. */
export const nextWorkingId = (state: Pick<RunState, "conversations">): string =>
  `implement.${placeOf(workingConversation(state)?.id ?? "") + 1}`;
