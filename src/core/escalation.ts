import { isVerified } from "./testing/attempts.ts";
import { type Chosen, strongerThan } from "./settings/role.ts";
import type { RunState } from "./state.ts";
import { workingConversation } from "./conversation/working.ts";

/**
 * Failed attempts by one executor before a stronger one goes on. One failure is what a fix in the same conversation is for, cheap with all
 * that it has read; the second shows that it does not see the cause.
 */
const PATIENCE = 2;

/**
 * Who goes on with the work after the attempts so far: null as long as the one who has it may go on, at the top of the ladder, and where a
 * person named the model in `/approve`.
 */
export function escalation(state: RunState): Chosen | null {
  const working = workingConversation(state);
  if (working === null || state.intake === null || state.approval === null || state.approval.model !== null)
    return null;
  const { submissions, attempts, green, conversations } = state;
  if (isVerified(state) || attempts.length < submissions.length || submissions.at(-1)?.conversation !== working.id)
    return null;
  const isSame = (id: string): boolean =>
    conversations[id]?.role === working.role && conversations[id].effort === working.effort;
  const failed = submissions.slice(green?.attempt ?? 0).filter(({ conversation }) => isSame(conversation)).length;
  const why = `${failed} failed attempts by ${working.role} ${working.model}/${working.effort}`;
  return failed < PATIENCE ? null : strongerThan(working, state.intake.settings, why);
}
