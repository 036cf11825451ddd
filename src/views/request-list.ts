import { beginConversation, type Conversation, requestOf } from "../core/conversation/conversation.ts";
import { evolveConversation } from "../core/conversation/conversation-fold.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import type { ModelRequest, Usage } from "../core/messages.ts";
import { linkOf } from "../core/conversation/request-lint.ts";

/*
 * Every request to a model, rebuilt from the facts, with why it does not extend the one before it. For whoever asks what a run paid for
 * twice. Whoever prints it removes what a terminal would obey.
 */

interface Held {
  readonly conversation: Conversation;
  /** The last request, and the facts since. */
  readonly last: { readonly request: ModelRequest; readonly between: readonly RunEvent[] } | null;
  /** What is said of the first request. */
  readonly began: string;
}

export interface ListedRequest {
  readonly conversation: string;
  readonly turn: number;
  readonly model: string;
  /** Of all blocks as UTF-8 JSON. */
  readonly bytes: number;
  /** What was charged for; null when the request gave no answer. */
  readonly usage: Usage | null;
  readonly why: string;
  /** False where the beginning changed and no fact says why. */
  readonly explained: boolean;
}

function begin(event: EventOf<"conversation.started">): Held {
  const { continues, parent, summarises } = event;
  const origin =
    (continues && `goes on with ${continues.conversation} (${continues.cause})`) ??
    (summarises && `sums up ${summarises.conversation}`) ??
    (parent && `for ${parent.conversation}`);
  const began = origin === undefined ? "first request" : `first request; ${origin}`;
  return { conversation: beginConversation(event), last: null, began };
}

function listed(held: Held, { turn, model }: EventOf<"model.requested">): readonly [ListedRequest, Held] {
  const { conversation, last, began } = held;
  const row = { conversation: conversation.id, turn, model, bytes: conversation.size.bytes, usage: null };
  if (conversation.pending.length > 0)
    return [{ ...row, why: "cannot be rebuilt: a call is open", explained: false }, held];
  const request = requestOf(conversation, 0);
  const next = { ...held, last: { request, between: [] } };
  if (last === null) return [{ ...row, why: began, explained: true }, next];
  const link = linkOf(last.request, request, last.between);
  if (link.kind === "differs")
    return [
      { ...row, why: `differs from byte ${link.byte}, ${link.where}: ${link.why}`, explained: link.explained },
      next,
    ];
  return [{ ...row, why: link.added === 0 ? "sent again" : `extended by ${link.added} bytes`, explained: true }, next];
}

/** In the order in which they were sent. */
export function requestsOf(facts: readonly RunEvent[]): readonly ListedRequest[] {
  const held = new Map<string, Held>();
  const rows: ListedRequest[] = [];
  for (const fact of facts) {
    if (fact.type === "conversation.started") held.set(fact.conversation, begin(fact));
    const one = "conversation" in fact ? held.get(fact.conversation) : undefined;
    if (one === undefined || fact.type === "conversation.started") continue;
    if (fact.type === "model.requested") {
      const [row, next] = listed(one, fact);
      rows.push(row);
      held.set(one.conversation.id, next);
      continue;
    }
    if (fact.type === "model.responded") {
      const at = rows.findLastIndex(({ conversation }) => conversation === one.conversation.id);
      const row = rows[at];
      if (row !== undefined) rows[at] = { ...row, usage: fact.usage };
    }
    const last = one.last === null ? null : { ...one.last, between: [...one.last.between, fact] };
    held.set(one.conversation.id, { ...one, conversation: evolveConversation(one.conversation, fact), last });
  }
  return rows;
}

const kilo = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

/** A line for each request, and one for all. */
export function requestLines(facts: readonly RunEvent[]): string {
  const rows = requestsOf(facts);
  const lines = rows.map(({ conversation, turn, model, bytes, usage, why, explained }) => {
    const paid = usage === null ? "no answer" : `${inputOf(usage)} in, ${shareOf([usage])} % cached`;
    const where = `${conversation.padEnd(14)} ${String(turn).padStart(3)}  ${model}`;
    return `${where}  ${kilo(bytes).padStart(9)}  ${paid.padEnd(24)}  ${explained ? "" : "UNEXPLAINED "}${why}`;
  });
  const usages = rows.flatMap(({ usage }) => usage ?? []);
  return [...lines, `${rows.length} requests, ${shareOf(usages)} % of their input read from the cache`].join("\n");
}

const inputOf = ({ input, cacheRead, cacheWrite }: Usage): number => input + cacheRead + cacheWrite;

function shareOf(usages: readonly Usage[]): string {
  const all = usages.reduce((sum, usage) => sum + inputOf(usage), 0);
  const read = usages.reduce((sum, { cacheRead }) => sum + cacheRead, 0);
  return all === 0 ? "0.0" : ((100 * read) / all).toFixed(1);
}
