import type { EventOf } from "./events.ts";
import { settingsUnder } from "./fork-settings.ts";
import { NOTHING_SPENT, type RunState } from "./state.ts";

type Changes = Partial<RunState>;

/** A run that is forked is wanted, whatever was not answered yet when its origin began. */
function wished(state: RunState): Changes {
  const asking = state.commands.find(({ command }) => command.name === "plan");
  if (state.accepted || asking?.command.name !== "plan") return { accepted: true };
  return { accepted: true, requester: asking.actor, guidance: asking.command.guidance };
}

/** The settings of the fork hold for what was read before, too. A model named for all roles stands before one named in the approval. */
function under({ intake, approval }: RunState, event: EventOf<"run.forked">): Changes {
  return {
    intake: intake === null ? null : { ...intake, settings: settingsUnder(event, intake.settings) },
    approval: approval === null || event.model === null ? approval : { ...approval, model: null },
  };
}

/**
 * What a fork takes over: everything that is known of the work, nothing of what was shown, spent, parked or ended. What the origin paid is
 * not paid again, and calls that it has open are its own.
 */
export const beginFork = (state: RunState, event: EventOf<"run.forked">, index: number): Changes => ({
  ...wished(state),
  ...under(state, event),
  fork: { ...event, index, inheritedMicroUsd: state.costMicroUsd },
  commands: [],
  effects: {},
  texts: {},
  pullRequest: null,
  openCalls: {},
  budgetMicroUsd: event.budgetMicroUsd,
  ...NOTHING_SPENT,
  setbacks: 0,
  parked: null,
  parkedCode: null,
  parks: 0,
  parkedSince: null,
  outcome: null,
  restedAt: -1,
  superseded: null,
});
