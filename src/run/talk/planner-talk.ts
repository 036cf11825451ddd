import { plannerTools } from "../../agent/toolsets.ts";
import { conversing, NO_CHANGES } from "./conversing.ts";
import { delegating } from "./delegating.ts";
import type { Workplace } from "./executor-talk.ts";
import { furtherOf, reachOf } from "./further.ts";
import { planWatch } from "./plan-watching.ts";
import { planningId } from "../planning/planning.ts";
import type { StageContext } from "../stage.ts";

/** The planner's conversation from where it stands, in a workspace that cannot be written to. */
export function plannerTalk(context: StageContext, { open, base, test }: Workplace) {
  const conversation = planningId(context);
  const reach = reachOf(context, base);
  const delegate = delegating(context, () => conversation, { stage: "plan", open, testCommand: test, reach });
  return conversing(context, {
    stage: "plan",
    conversation,
    open,
    tools: plannerTools(furtherOf(context)),
    reach: { ...reach, delegate },
    afterTools: NO_CHANGES,
    watch: planWatch(context),
  });
}
