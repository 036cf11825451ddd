import type { EventOf, RunEvent } from "./events.ts";
import type { AnsweredCommand, RunState } from "./state.ts";

/*
 * The collections of the state that only grow, however long people talk to a run: commands that were answered, effects, their texts. A copy
 * for each fact would make the fold of n facts cost n²; whoever folds many at once owns what lies in between and adds in place.
 */

/** What is added to a collection, told by whoever knows who else holds it. */
export interface Growth {
  readonly item: <T>(all: readonly T[], item: T) => readonly T[];
  readonly entry: <T>(all: Readonly<Record<string, T>>, key: string, value: T) => Readonly<Record<string, T>>;
}

/** Leaves the state before as it is. */
export const BY_COPY: Growth = {
  item: (all, item) => [...all, item],
  entry: (all, key, value) => ({ ...all, [key]: value }),
};

/** Only for states that nobody else has seen. */
export const IN_PLACE: Growth = {
  item: (all, item) => Object.assign(all, { [all.length]: item }),
  entry: (all, key, value) => Object.assign(all, { [key]: value }),
};

type Changes = Partial<Pick<RunState, "answered" | "effects" | "texts">>;

function answered(
  state: RunState,
  event: EventOf<"command.accepted"> | EventOf<"command.refused">,
  { item }: Growth,
): Changes {
  const command = state.commands.find(({ index }) => index === event.command);
  if (command === undefined) return {};
  const during: AnsweredCommand["during"] = !state.accepted ? "start" : state.outcome === null ? "work" : "over";
  const refusal = event.type === "command.refused" ? event : null;
  return { answered: item(state.answered, { ...command, refusal, during }) };
}

/** Intended again before it was done, an effect shows the later text. */
function intended(
  { effects, texts }: RunState,
  { key, digest }: EventOf<"effect.intended">,
  { entry }: Growth,
): Changes {
  if (effects[key]) return {};
  return { effects: entry(effects, key, null), ...(digest !== undefined && { texts: entry(texts, key, digest) }) };
}

/** What a fact adds. */
export function grown(state: RunState, event: RunEvent, growth: Growth): Changes {
  switch (event.type) {
    case "command.accepted":
    case "command.refused":
      return answered(state, event, growth);
    case "effect.intended":
      return intended(state, event, growth);
    case "effect.done":
      return { effects: growth.entry(state.effects, event.key, event) };
    default:
      return {};
  }
}
