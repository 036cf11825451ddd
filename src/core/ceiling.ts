import { fromUsd, type MicroUsd } from "./money.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { RunState } from "./state.ts";

/** The most a run may spend: what the approval named, else what the settings say. */
export const ceilingOf = (state: RunState): MicroUsd =>
  state.approval?.budgetMicroUsd ?? fromUsd((state.intake?.settings ?? DEFAULT_SETTINGS).budget.run_usd);
