import { middleOf } from "../core/conversation/compaction.ts";
import type { Conversation } from "../core/conversation/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { estimateTokens } from "../core/money/limits.ts";
import { reliefFor } from "../core/conversation/relief.ts";
import { sizeOfAll } from "../core/conversation/size.ts";
import { compactedText } from "./recap.ts";
import { touchedPaths } from "./touched.ts";

/*
 * How a conversation is kept within the model's window, and what it is told of the folders it works in. Everything done here is a fact of
 * the conversation, so that work that was interrupted in it goes on from there and pays for nothing twice.
 */

/** What the run gives a loop for it. */
export interface Room {
  /** Size of a conversation, in tokens, from which something is taken out. */
  readonly tokens: number;
  /**
   * Sums up the answers before `keepFromTurn`, in a conversation of its own. Always gives notes, if need be such as no model wrote; null
   * when the signal fired. Notes of earlier answers only, written before the work was interrupted, do for a compaction.
   */
  readonly summarise: (conversation: Conversation, keepFromTurn: number) => AsyncGenerator<RunEvent, Summed | null>;
  /** Begins the conversation in which the work goes on; `current` then gives that one. Absent where the conversation must end itself. */
  readonly handOff?: (notes: string) => EventOf<"conversation.started">;
  /** Instruction files that stand between the root and these files, root ones left out, outermost first; without those in `known`. */
  readonly instructions: (paths: readonly string[], known: readonly string[]) => Promise<readonly Instructions[]>;
}

export type Instructions = Pick<EventOf<"instructions.loaded">, "path" | "text" | "leftOut">;

export interface Summed {
  readonly notes: string;
  /** What the notes cover ends here. */
  readonly keepFromTurn: number;
  /** The conversation in which it was written. */
  readonly by: string;
}

interface Current {
  readonly current: () => Conversation;
  readonly room: Room;
}

/** More steps than the ladder of `reliefFor` has. */
const MAX_STEPS = 8;

/**
 * Takes out as much as is due before the next request. False when the signal fired meanwhile. Throws `context_exceeded` when the
 * vendor refused the request and nothing is left to take out.
 */
export async function* keepWithinRoom(options: Current): AsyncGenerator<RunEvent, boolean> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const conversation = options.current();
    const { room } = options;
    const relief = reliefFor(conversation, { tokens: room.tokens, handsOff: room.handOff !== undefined });
    const { id } = conversation;
    switch (relief.kind) {
      case "none":
        return true;
      case "exceeded":
        throw tooLong(conversation);
      case "clear": {
        const { beforeTurn, results, bytes } = relief;
        yield { type: "context.cleared", conversation: id, beforeTurn, results, bytes };
        break;
      }
      case "compact": {
        const summed = yield* room.summarise(conversation, relief.keepFromTurn);
        if (summed === null) return false;
        const { notes, keepFromTurn, by } = summed;
        const summary = compactedText(notes);
        const bytes = bytesBefore(conversation, keepFromTurn);
        yield { type: "context.compacted", conversation: id, keepFromTurn, summary, by, bytes };
        break;
      }
      case "hand_off": {
        const summed = yield* room.summarise(conversation, conversation.turn + 1);
        if (summed === null || room.handOff === undefined) return false;
        yield room.handOff(summed.notes);
        break;
      }
    }
  }
  throw tooLong(options.current());
}

/** What a summary of the answers before this turn stands for. */
const bytesBefore = ({ transcript, task }: Conversation, turn: number): number =>
  middleOf(transcript, task, turn).reduce((sum, { message }) => sum + sizeOfAll(message.content).bytes, 0);

export const tooLong = (conversation: Conversation): JourneymanError =>
  new JourneymanError("context_exceeded", { tokens: estimateTokens(conversation) });

/** The instruction files of the folders that the last answer's calls reached into, each once. */
export async function* giveInstructions({ current, room }: Current): AsyncGenerator<RunEvent> {
  const { id, latest, instructions } = current();
  const paths = touchedPaths(latest);
  if (paths.length === 0) return;
  const known = instructions.map(({ path }) => path);
  for (const found of await room.instructions(paths, known)) {
    yield { type: "instructions.loaded", conversation: id, ...found };
  }
}
