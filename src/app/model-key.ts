import { vendorOfModel } from "../core/vendor.ts";
import type { Model } from "../ports/model.ts";
import { resumeParked } from "../run/resume.ts";
import type { World } from "../run/world.ts";
import { HELD_UP } from "../views/status-comment.ts";
import type { Logger } from "./logger.ts";

/*
 * A key that a model's service refuses is the operator's matter, not that of the people on the issues: it is said once in the log, and runs
 * that were parked for it go on when the process was started again.
 */

/** Runs looked at when a process begins. */
const LIMIT = 10_000;

/** The model, with one error in the log from the first refusal of a provider's key until the model that it was refused for answers. */
export function withKeyAlert(model: Model, log: Pick<Logger, "error" | "info">): Model {
  const refused = new Map<string, string>();
  return {
    ...model,
    respond: async (request, signal, watch) => {
      const outcome = await model.respond(request, signal, watch);
      const provider = vendorOfModel(request.model);
      if (outcome.kind === "failed" && outcome.failure === "unauthorized" && !refused.has(provider)) {
        refused.set(provider, request.model);
        log.error({ provider, model: request.model }, "model.key_refused");
      } else if (outcome.kind === "answered" && refused.get(provider) === request.model) {
        refused.delete(provider);
        log.info({ provider }, "model.key_accepted");
      }
      return outcome;
    },
  };
}

/** Lets runs go on that were parked because the key was refused: with a new start there may be a new key. One that is refused parks them again. */
export async function resumeUnauthorized(world: World): Promise<void> {
  for (const { run, status } of await world.journal.runs({ live: true, limit: LIMIT })) {
    if (status !== HELD_UP) continue;
    if (await resumeParked(world, run, "model_unauthorized")) world.log.info({ run }, "run.resumed_with_key");
  }
}
