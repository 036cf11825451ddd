import { digestOf } from "../core/digest.ts";
import type { EventOf, RunEvent, StoredEvent } from "../core/events.ts";
import { evolve } from "../core/evolve.ts";
import type { Digest, RunId } from "../core/ids.ts";
import { emptyState, type RunState } from "../core/state.ts";
import type { ViewOptions } from "./frame.ts";
import { owed, shownText } from "./owed.ts";
import { pullRequestText } from "./pull-request.ts";

/*
 * What a run showed to people, rendered anew from nothing but its facts: each text from the facts before its intent, as it was rendered
 * then. A text that comes out otherwise was rendered by another version of the views, or depends on something that is no fact.
 */

export type Verdict =
  | "equal"
  | "differs"
  /** The intent names no text: an older release wrote it. */
  | "not recorded"
  /** By these facts nothing of this name is owed at that moment. */
  | "not owed";

export interface ReplayedEffect {
  /** Place of the intent in the journal. */
  readonly index: number;
  readonly key: string;
  readonly kind: string;
  /** What these facts render to; null when nothing of this name is owed. Of a pull request the title, an empty line, the description. */
  readonly text: string | null;
  /** Of what was shown. */
  readonly recorded: Digest | null;
  readonly verdict: Verdict;
}

const SHOWS_TEXT: ReadonlySet<string> = new Set(["comment", "reply", "edit", "pull_request"]);

function rendered(state: RunState, { key, kind }: EventOf<"effect.intended">, options: ViewOptions): string | null {
  if (kind === "pull_request") return pullRequestText(state, options);
  const effect = owed(state, options).find((one) => one.key === key);
  return effect === undefined ? null : shownText(effect);
}

function verdictOn(text: string | null, recorded: Digest | null): Verdict {
  if (text === null) return "not owed";
  if (recorded === null) return "not recorded";
  return digestOf(text) === recorded ? "equal" : "differs";
}

function replayOne(state: RunState, event: EventOf<"effect.intended">, options: ViewOptions): ReplayedEffect {
  const text = rendered(state, event, options);
  const recorded = event.digest ?? null;
  return { index: state.facts, key: event.key, kind: event.kind, text, recorded, verdict: verdictOn(text, recorded) };
}

const showsText = (event: RunEvent): event is EventOf<"effect.intended"> =>
  event.type === "effect.intended" && SHOWS_TEXT.has(event.kind);

/** Every text of the run, in order. What a fork took over was shown by its origin and is left out. */
export function replayed(run: RunId, facts: readonly StoredEvent[], options: ViewOptions): readonly ReplayedEffect[] {
  let state = emptyState(run);
  let effects: ReplayedEffect[] = [];
  for (const fact of facts) {
    const { event } = fact;
    if (event.type === "run.forked") effects = [];
    if (showsText(event)) effects.push(replayOne(state, event, options));
    state = evolve(state, fact);
  }
  return effects;
}
