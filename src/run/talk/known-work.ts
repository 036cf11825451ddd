import { type Fallback, type Known, notesOf } from "../../agent/recap.ts";
import { lowBudget } from "../../agent/replies.ts";
import { ceilingOf } from "../../core/money/ceiling.ts";
import { usd } from "../../core/money/money.ts";
import type { Recap } from "../../core/conversation/recap.ts";
import type { RunState } from "../../core/state.ts";
import { workingConversation } from "../../core/conversation/working.ts";
import { fenceWord } from "./fence-word.ts";
import type { StageContext } from "../stage.ts";

/** What the facts say of the work, for whoever goes on with it. Only the executor has a todo list and changes files. */
function knownWork(state: RunState, conversation: string): Known {
  const low = state.warned ? lowBudget(usd(state.costMicroUsd), usd(ceilingOf(state))) : null;
  if (workingConversation(state)?.id !== conversation) return { todo: [], changed: [], low };
  const changed = (state.checkpoint?.changes ?? []).map(({ path, status }) => ({ path, status }));
  return { todo: state.todo, changed, low };
}

/** A summary of a conversation with what is known of its work besides. */
export const notesFor = (context: StageContext, conversation: string, recap: Recap | Fallback): string =>
  notesOf(fenceWord(context), recap, knownWork(context.state(), conversation));
