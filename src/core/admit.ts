import type { RunEvent } from "./events.ts";
import type { RunId } from "./ids.ts";
import type { Intent } from "./intent.ts";

/** What a delivery needs besides what it says: its id, and the id of the run it may found. */
export interface Arrival {
  readonly deliveryId: string;
  readonly newRun: RunId;
}

/**
 * Where a command is written down. One live run owns an issue, so a command during a run joins it. Without a live run a wish for a plan
 * founds a new run; any other command goes to the latest run, whose answer it is, or founds a run only to be answered there.
 */
export function admit(
  intent: Intent,
  arrival: Arrival,
  known: { readonly live: RunId | null; readonly latest: RunId | null },
): { readonly run: RunId; readonly events: readonly RunEvent[] } {
  const received: RunEvent = {
    type: "command.received",
    command: intent.command,
    actor: intent.actor,
    deliveryId: arrival.deliveryId,
    comment: intent.comment,
  };
  const joined = known.live ?? (intent.command.name === "plan" ? null : known.latest);
  if (joined !== null) return { run: joined, events: [received] };
  const requested: RunEvent = {
    type: "run.requested",
    subject: intent.subject,
    title: intent.title,
    isPullRequest: intent.isPullRequest,
  };
  return { run: arrival.newRun, events: [requested, received] };
}
