import { answerTo } from "../../agent/loop.ts";
import type { LoopEnd } from "../../agent/options.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { judge } from "./checked-change.ts";
import { workingIn } from "./executing.ts";
import type { StageContext } from "../stage.ts";
import { checkpointBytes } from "../workspace.ts";

/** Submissions that policy may send back before the run goes on to where it is refused for good. */
const MAX_RETURNS = 2;

/**
 * The executor hears at once what could never be published (a stray build file, a link, too many files), while it can still mend it.
 * The verdict that counts is the publisher's.
 * Where a change has passed already, what cannot be published is given up here, so that it does not take that one's place.
 * @throws change_refused
 */
export async function* untilPublishable(
  context: StageContext,
  talk: () => AsyncGenerator<RunEvent, LoopEnd>,
): AsyncGenerator<RunEvent, LoopEnd> {
  for (let returns = 0; ; returns++) {
    const end = yield* talk();
    if (end.kind !== "submitted") return end;
    const { checkpoint, green } = context.state();
    const { verdict, reasons } = await judge(context, await checkpointBytes(context), checkpoint?.refused ?? []);
    if (returns >= MAX_RETURNS && verdict === "refused" && green !== null)
      throw new JourneymanError("change_refused", { reasons: reasons.join("; ") });
    if (returns >= MAX_RETURNS) return end;
    const fact = verdict === "refused" ? answerTo(workingIn(context), refusedWork(reasons)) : null;
    if (fact === null) return end;
    yield { ...fact, isError: true };
  }
}

const refusedWork = (reasons: readonly string[]): string =>
  `Not accepted: this change could not be published. ${reasons.join("; ")}. Mend that, then call submit again.`;
