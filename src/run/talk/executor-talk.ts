import { executorTools } from "../../agent/toolsets.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { saveCheckpoint } from "../checkpoint.ts";
import { conversing } from "./conversing.ts";
import { delegating } from "./delegating.ts";
import { workingIn } from "../work/executing.ts";
import { furtherOf, reachOf } from "./further.ts";
import { goOn } from "./hand-off.ts";
import type { StageContext } from "../stage.ts";

/** Where the work is done, and what it is measured with. */
export interface Workplace {
  readonly open: OpenWorkspace;
  readonly base: BaseTree;
  /** The test command; null when there is none. */
  readonly test: string | null;
}

/** The executor's conversation from where it stands, in a workspace that is saved after each turn that wrote. */
export function executorTalk(context: StageContext, { open, base, test }: Workplace) {
  const current = (): string => workingIn(context).id;
  const reach = reachOf(context, base);
  const delegate = delegating(context, current, { stage: "implement", open, testCommand: test, reach });
  return conversing(context, {
    stage: "implement",
    conversation: current(),
    open,
    tools: executorTools(furtherOf(context)),
    reach: { ...reach, delegate },
    handOff: (notes) => goOn(context, notes, test),
    async *afterTools(turn, wrote) {
      if (wrote) yield await saveCheckpoint(context, open, { conversation: current(), turn });
    },
  });
}
