import type { EventOf } from "./events.ts";
import { ZERO_USAGE } from "./messages.ts";
import type { RunState } from "./state.ts";

/**
 * What a fork takes over: everything that is known of the work, nothing of what was shown, spent, parked or ended. What the origin paid is
 * not paid again, and calls that it has open are its own.
 */
export const beginFork = (state: RunState, event: EventOf<"run.forked">, index: number): Partial<RunState> => ({
  fork: { ...event, index, inheritedMicroUsd: state.costMicroUsd },
  commands: [],
  effects: {},
  pullRequest: null,
  openCalls: {},
  costMicroUsd: 0,
  costByStage: {},
  costByConversation: {},
  costByRole: {},
  usage: ZERO_USAGE,
  turns: 0,
  workMs: 0,
  stageMs: 0,
  warned: false,
  setbacks: 0,
  parked: null,
  parkedCode: null,
  parks: 0,
  outcome: null,
  restedAt: -1,
});
