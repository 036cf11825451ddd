import { usd } from "../core/money/money.ts";
import type { RunState } from "../core/state.ts";
import { code, list, paragraphs, safeLine } from "./frame.ts";
import { switchLines } from "./switches.ts";

function costTable(state: RunState): string {
  const rows = Object.entries(state.costByStage).map(([stage, cost]) => `| ${stage} | ${usd(cost)} |`);
  return ["| stage | cost |", "| --- | --- |", ...rows, `| **all** | **${usd(state.costMicroUsd)}** |`].join("\n");
}

/** Where the work went on with a stronger model, and why. */
const escalations = (state: RunState): string =>
  list(
    state.handOffs
      .filter(({ cause }) => cause === "escalation")
      .map(
        ({ model, effort, reason }) =>
          `The work went on with ${code(model)}, effort ${effort}: ${safeLine(state, reason)}`,
      ),
  );

/** What the run cost, by stage, and which models it went on with instead of others. */
export const costSection = (state: RunState): string =>
  paragraphs(costTable(state), escalations(state), switchLines(state));
