import { inherited } from "../core/fork.ts";
import { supersedeKey } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import { code, list } from "./frame.ts";

function from({ fork }: RunState): readonly string[] {
  if (fork === null) return [];
  const { origin, from: stage, model, by } = fork;
  const where = stage === null ? "where it stood" : `stage ${code(stage)} anew`;
  const how = model === null ? "" : `, with ${code(model)} in every role`;
  return [
    `Goes on from run ${code(origin)}, ${where}${how}, asked for by ${code(by.login)}. What that run cost is not counted here.`,
  ];
}

function to(state: RunState): readonly string[] {
  const { superseded, effects } = state;
  if (superseded === null || superseded.index < inherited(state) || !effects[supersedeKey(superseded)]?.remoteId)
    return [];
  const { run, from: stage, by } = superseded;
  const where = stage === null ? "" : `, stage ${code(stage)} anew`;
  return [`Goes on as run ${code(run)}${where}, asked for by ${code(by.login)}.`];
}

/** Where a run came from and where it went on; the empty text for most. */
export const forkLines = (state: RunState): string => list([...from(state), ...to(state)]);
