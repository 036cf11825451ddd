import type { StageNumber } from "./cells.ts";

/** The moment of each stage at which the server stops itself, so that something can be broken; none where it can be met from outside. */
export const POINTS: Readonly<Partial<Record<StageNumber, string>>> = {
  2: "receive.after",
  3: "append.after:stage.started",
  4: "append.after:stage.started#3",
  5: "model.before:planner#2",
  6: "effect.before:plan.1",
  8: "append.before:plan.approved",
  9: "append.after:stage.started#4",
  10: "tool.before:bash",
  11: "append.after:workspace.opened#4",
  12: "append.before:checkpoint.saved",
  13: "effect.before:commit",
  14: "effect.before:pull_request",
  15: "append.after:run.finished",
};

/** Where a kill is worse at another moment: in the midst of an answer, or when an effect is done and that is not written down yet. */
export const KILL_POINTS: Readonly<Partial<Record<StageNumber, string>>> = {
  ...POINTS,
  1: "receive.before",
  5: "model.streaming:planner#2",
  6: "effect.after:plan.1",
  9: "",
  13: "effect.after:branch",
  14: "effect.after:pull_request",
};

/** Between a call that wrote something and the reading of what it wrote. */
export const WROTE = "tool.after:edit";
