import type { EventOf, RunEvent } from "./events.ts";
import type { RefusalReason } from "./refusals.ts";

type Details = EventOf<"command.refused">["details"];

/** What comes of a command that somebody gave: facts, or the reason why not. */
export type Verdict = readonly RunEvent[] | Refused;

export interface Refused {
  readonly refuse: RefusalReason;
  readonly details?: Details;
}

export const refuse = (reason: RefusalReason, details: Details = {}): Refused => ({ refuse: reason, details });
