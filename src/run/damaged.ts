import { asJourneymanError } from "../core/errors.ts";
import type { Claim } from "../ports/journal.ts";
import type { World } from "./world.ts";

/**
 * A journal that cannot be read is no better the next time: an operator is told once, and nobody is woken for it until somebody writes on the
 * issue. False when the failure is another one, or the run cannot be set aside now.
 */
export async function leaveDamaged(world: World, claim: Claim, thrown: unknown): Promise<boolean> {
  const error = asJourneymanError(thrown);
  if (error.code !== "journal_corrupt") return false;
  const { run, next } = claim;
  world.log.warn({ run, ...error.details }, "journal.corrupt");
  return world.journal.setAside(claim, next, `damaged at fact ${error.details["index"]}`).catch(() => false);
}
