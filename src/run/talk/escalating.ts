import { notesOf } from "../../agent/recap.ts";
import { escalation } from "../../core/escalation.ts";
import type { RunEvent } from "../../core/events.ts";
import { fenceWord } from "./fence-word.ts";
import { handOff } from "./hand-off.ts";
import type { StageContext } from "../stage.ts";

const NOTE =
  "The work was begun by another model, and its attempts failed. This is what it said of each. Judge for yourself whether it saw the cause.";

/**
 * After failed attempts the work goes on with a stronger executor: the same plan and files, a fresh context, the last report, and what was
 * said before. A model whose price is not known is not begun with.
 */
export function* escalate(context: StageContext, test: string | null): Generator<RunEvent> {
  const { submissions, todo, checkpoint } = context.state();
  const stronger = escalation(context.state());
  if (stronger === null || context.world.model.price(stronger.model) === null) return;
  const said = submissions.map(({ summary }) => summary);
  const recap = { note: NOTE, earlier: "", lastSaid: said, lastCalls: [] };
  const changed = (checkpoint?.changes ?? []).map(({ path, status }) => ({ path, status }));
  const notes = notesOf(fenceWord(context), recap, { todo, changed, low: null });
  const { role, model, effort, reason } = stronger;
  yield { ...handOff(context, { cause: "escalation", model, effort, reason, notes, test }), role };
}
