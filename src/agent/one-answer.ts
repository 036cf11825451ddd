import type { Conversation } from "../core/conversation/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { messagesOf } from "../core/conversation/transcript.ts";
import type { LoopEnd, LoopOptions } from "./options.ts";
import { STOPPED } from "./options.ts";
import { askModel } from "./turn.ts";

const CUT_OFF = "\n[the answer was cut off here]";

/** The text of the last answer, thoughts left out. */
function textOf({ transcript, answer }: Conversation): string {
  const said = messagesOf(transcript).findLast(({ role }) => role === "assistant")?.content ?? [];
  const text = said.map((block) => (block.type === "text" ? block.text : "")).join("");
  return answer?.kind === "cut" && text !== "" ? `${text}${CUT_OFF}` : text;
}

/**
 * A conversation of one question and one answer in plain text: nobody asks for more when it is short, and one that has its answer
 * already is not asked again. Throws what `askModel` throws, and `model_refused`.
 */
export async function* answerOnce(options: LoopOptions): AsyncGenerator<RunEvent, LoopEnd> {
  if (options.current().answer === null && (yield* askModel(options)) === "stopped") return STOPPED;
  const conversation = options.current();
  if (conversation.answer?.kind === "refused") throw new JourneymanError("model_refused", { stage: options.stage });
  return { kind: "ended_without_submit", text: textOf(conversation) };
}
