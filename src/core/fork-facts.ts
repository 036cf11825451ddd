import type { Conversation } from "./conversation/conversation.ts";
import { openConversations } from "./conversation/open.ts";
import type { RunEvent } from "./events.ts";
import type { RunForked } from "./fork.ts";
import { settingsUnder } from "./fork-settings.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings/settings.ts";
import type { RunState } from "./state.ts";

/** Why a conversation goes on with another model. */
export const FORKED = "forked";

const isRole = (settings: Settings, role: string): role is keyof Settings["models"] =>
  Object.hasOwn(settings.models, role);

/** The model with which a conversation goes on in the fork: its own, where nothing else was wished for. */
function modelIn(state: RunState, { role, model }: Conversation, forked: RunForked): string {
  if (forked.model !== null) return forked.model;
  const named = role.startsWith("executor") ? (state.approval?.model ?? null) : null;
  if (forked.settings === null || named !== null) return model;
  const settings = settingsUnder(forked, state.intake?.settings ?? DEFAULT_SETTINGS);
  return isRole(settings, role) ? settings.models[role].model : model;
}

/**
 * The facts with which a fork begins of its own, behind those that it takes over: that it is one, and with which model the conversations
 * go on that are open there. `state` is the fold of the facts taken over.
 */
export function forkFacts(state: RunState, forked: RunForked): readonly RunEvent[] {
  const switched = openConversations(state).flatMap((conversation): readonly RunEvent[] => {
    const to = modelIn(state, conversation, forked);
    const { id, model: from } = conversation;
    return to === from ? [] : [{ type: "model.switched", conversation: id, from, to, reason: FORKED }];
  });
  return [{ type: "run.forked", ...forked }, ...switched];
}
