import type { LoopEnd } from "../../agent/options.ts";
import { fallbackOf } from "../../agent/recap.ts";
import type { Room } from "../../agent/room.ts";
import type { Conversation } from "../../core/conversation/conversation.ts";
import type { RunEvent } from "../../core/events.ts";
import { Recap } from "../../core/conversation/recap.ts";
import { contained, type ContainedEnd } from "./contained.ts";
import { notesFor } from "./known-work.ts";
import { required, type StageContext } from "../stage.ts";
import { beginSummary, begunSummary, workOf } from "./summariser.ts";

/*
 * Summing up a long conversation: a conversation of its own with the writer, so that its facts are paid for once. Invariants: (1) what was
 * begun and not used is gone on with, and when its answer is there already nothing is asked; (2) a writer that fails costs its summary and
 * nothing else; (3) a request that was refused as too long is not sent again.
 */

/** Talks to the writer in this conversation until it submits. */
export type Talk = (conversation: string) => AsyncGenerator<RunEvent, LoopEnd>;

async function* written(summary: Conversation, talk: Talk): AsyncGenerator<RunEvent, ContainedEnd | null> {
  return summary.tooLong ? null : yield* contained(talk(summary.id));
}

export const summarising = (context: StageContext, talk: Talk): Room["summarise"] =>
  async function* (of, keepFromTurn) {
    if (begunSummary(context, of, keepFromTurn) === undefined) yield beginSummary(context, of, keepFromTurn);
    const summary = required(begunSummary(context, of, keepFromTurn) ?? null, "summary");
    const end = yield* written(summary, talk);
    if (end?.kind === "stopped") return null;
    const covered = summary.summarises?.beforeTurn ?? keepFromTurn;
    const recap = end?.kind === "submitted" ? Recap.parse(end.input) : fallbackOf(workOf(of, covered));
    const notes = notesFor(context, of.id, recap);
    return { notes, keepFromTurn: covered, by: summary.id };
  };
