import type { LoopOptions } from "../../agent/options.ts";
import type { Stage } from "../../core/events.ts";
import type { Watch } from "../../ports/model.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import type { Tool } from "../../tools/tool.ts";
import { type Bounds, budgetOf, limitsOf } from "./bounds.ts";
import { currentOf, type Held } from "./room.ts";
import type { StageContext } from "../stage.ts";

export interface Conversing extends Held, Bounds {
  readonly stage: Stage;
  readonly open: Pick<OpenWorkspace, "workspace">;
  readonly tools: readonly Tool[];
  readonly afterTools: LoopOptions["afterTools"];
  readonly watch?: Watch;
  /** What its tools reach besides the workspace. */
  readonly reach?: Pick<LoopOptions, "skills" | "web" | "delegate">;
}

/** What a run gives a conversation: its budget, its limits, what its tools reach. */
export function optionsFor(context: StageContext, wish: Conversing): LoopOptions {
  const { world, state, signal } = context;
  return {
    stage: wish.stage,
    current: () => currentOf(context, wish),
    model: world.model,
    workspace: wish.open.workspace,
    tools: wish.tools,
    clock: world.clock,
    signal,
    limits: limitsOf(context, wish),
    budget: budgetOf(context, () => currentOf(context, wish).id, wish),
    workedMs: () => state().workMs,
    stageWorkedMs: () => state().stageMs,
    random: world.random,
    failpoint: world.failpoint,
    afterTools: wish.afterTools,
    ...(wish.watch !== undefined && { watch: wish.watch }),
    ...wish.reach,
  };
}
