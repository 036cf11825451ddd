import { admit } from "../core/admit.ts";
import { asJourneymanError, type JourneymanError } from "../core/errors.ts";
import type { DeliveryKeys, Intent } from "../core/intent.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal, Receipt } from "../ports/journal.ts";
import type { Queue } from "../ports/queue.ts";

/** What is needed to write a command down and have a worker look at it. */
export interface Intake {
  readonly journal: Pick<Journal, "receive">;
  readonly queue: Pick<Queue, "wake">;
  readonly clock: Pick<Clock, "now" | "newRunId">;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Writes a command down, whichever way it came, in one transaction with its names. The wake is only a hint: a sweep finds what it did not
 * reach, so it is not waited for. Throws `storage_unavailable`; then nothing was written, or what was is a duplicate the next time.
 */
export async function takeIn(parts: Intake, intent: Intent, keys: DeliveryKeys): Promise<Receipt> {
  const arrival = { deliveryId: keys.id, newRun: parts.clock.newRunId() };
  const at = new Date(parts.clock.now()).toISOString();
  const receipt = await parts.journal.receive(keys, intent.subject, {
    at,
    admit: (known) => admit(intent, arrival, known),
  });
  if (receipt.kind === "accepted")
    parts.queue.wake(receipt.run, receipt.index).catch((thrown: unknown) => {
      const { code }: JourneymanError = asJourneymanError(thrown);
      parts.log.warn({ run: receipt.run, code }, "wake failed; the sweep will find the run");
    });
  return receipt;
}
