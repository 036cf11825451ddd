import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { beginConversation, type Conversation, requestOf } from "../core/conversation/conversation.ts";
import { evolveConversation } from "../core/conversation/conversation-fold.ts";
import type { EventOf, RunEvent, StoredEvent } from "../core/events.ts";
import { readFactLine } from "../journal/fact-line.ts";
import type { ModelRequest } from "../core/messages.ts";
import type { Read } from "./yaml-file.ts";

/*
 * Requests of a stored run, rebuilt from its facts as they were sent, each with the answer that it got.
 */

export interface StoredTurn {
  readonly conversation: string;
  readonly turn: number;
  readonly request: ModelRequest;
  readonly answer: EventOf<"model.responded">;
}

/** What an answer may take when a stored request is asked anew, in tokens; the bound of then is not stored. */
const ANSWER_TOKENS = 16_000;

interface Held {
  readonly conversation: Conversation;
  readonly asked: ModelRequest | null;
}

/** Every turn that was answered, in order. A request whose facts are not whole is left out. */
export function storedTurns(facts: readonly RunEvent[]): StoredTurn[] {
  const held = new Map<string, Held>();
  const turns: StoredTurn[] = [];
  for (const fact of facts) {
    if (fact.type === "conversation.started") {
      const before = fact.continues === undefined ? undefined : held.get(fact.continues.conversation)?.conversation;
      held.set(fact.conversation, { conversation: beginConversation(fact, before), asked: null });
      continue;
    }
    if (!("conversation" in fact)) continue;
    const one = held.get(fact.conversation);
    if (one === undefined) continue;
    if (fact.type === "model.responded" && one.asked !== null) {
      const { conversation, turn } = fact;
      turns.push({ conversation, turn, request: one.asked, answer: fact });
    }
    const isAsked = fact.type === "model.requested" && one.conversation.pending.length === 0;
    const asked = isAsked ? requestOf(one.conversation, ANSWER_TOKENS) : one.asked;
    held.set(fact.conversation, { conversation: evolveConversation(one.conversation, fact), asked });
  }
  return turns;
}

/** The text of an export in either form: plain while its run goes on, compressed once it is over. Null when it cannot be read. */
async function exportText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch {
    return null;
  }
}

/** The facts of a journal's export, or what is wrong with it. `name` stands before every fault. */
export async function readExport(path: string, name: string): Promise<Read<StoredEvent[]>> {
  const text = await exportText(path);
  if (text === null) return { ok: false, faults: [`${name}:1 is not there, or is cut off`] };
  const facts: StoredEvent[] = [];
  const faults: string[] = [];
  for (const [place, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readFactLine(line, facts.length + faults.length);
    if (read.ok) facts.push(read.fact);
    else faults.push(`${name}:${place + 1} is not a fact of a run: ${read.reason.replace(/\s+/g, " ")}`);
  }
  if (facts.length === 0 && faults.length === 0) faults.push(`${name}:1 holds no fact`);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: facts };
}
