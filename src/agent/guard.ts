import type { Conversation, Exchange } from "../core/conversation/conversation.ts";
import { canonicalJson } from "../core/digest.ts";
import type { ToolCall } from "../core/messages.ts";
import { keptPath } from "../tools/shorten.ts";
import type { Effect } from "../tools/tool.ts";
import { ONCE_MORE_FAILING, ONCE_MORE_SAME } from "./replies.ts";

/*
 * Finds a model that goes round in circles. Everything is counted from the conversation's exchanges, so a restart forgets nothing.
 * A repeat is the same tool with equal input and the same result. The count starts anew when the result differs, or when an edit or a
 * command not seen before succeeded in between: running the same failing test after each of five changes is work, not a circle.
 */

/** A failing call: told from the third time on, a person is asked at every fifth, since the one before may have said to go on. */
const FAILING = { nudge: 3, park: 5 } as const;
/** Any call with the same result: told at every fifth time. */
const SAME = { nudge: 5 } as const;
const STOP = 20;
/** Calls to tools that do not exist, in the whole conversation. */
export const MAX_UNDECLARED = 10;

export interface Repeats {
  /** The result as the model gets it, a notice added where one is due. */
  readonly content: string;
  readonly count: number;
  /** What becomes of the work: nothing, it waits for a person, or it ends. */
  readonly end: "none" | "park" | "stop";
}

type Result = Pick<Exchange["result"], "content" | "isError">;

export function guardRepeats(options: {
  readonly exchanges: Conversation["exchanges"];
  readonly call: ToolCall;
  readonly result: Result;
  readonly effectOf: (call: ToolCall) => Effect | null;
}): Repeats {
  const { result } = options;
  const count = 1 + repeatsBefore(options);
  const notice = result.isError ? ONCE_MORE_FAILING(count) : ONCE_MORE_SAME(count);
  const due = result.isError ? count >= FAILING.nudge : count % SAME.nudge === 0;
  const content = due && count < STOP ? `${result.content}${GAP}${notice}` : result.content;
  const parks = result.isError && count % FAILING.park === 0;
  return { content, count, end: count >= STOP ? "stop" : parks ? "park" : "none" };
}

function repeatsBefore({ exchanges, call, result, effectOf }: Parameters<typeof guardRepeats>[0]): number {
  const key = keyOf(call);
  const seen = new Set<string>();
  let count = 0;
  for (const past of exchanges) {
    const pastKey = keyOf(past.call);
    if (pastKey === key) {
      count = isSame(past, { call, result }) ? count + 1 : 0;
    } else if (!seen.has(pastKey) && !past.result.isError && changesThings(effectOf(past.call))) {
      count = 0;
    }
    seen.add(pastKey);
  }
  return count;
}

const changesThings = (effect: Effect | null): boolean => effect === "edit" || effect === "command";

const GAP = "\n\n";

function isSame(past: Exchange, now: { readonly call: ToolCall; readonly result: Result }): boolean {
  if (past.result.isError !== now.result.isError) return false;
  const before = plain(past.result.content, past.call.id);
  const after = plain(now.result.content, now.call.id);
  return before === after;
}

/** A result without the notice that we added, and without the name of the file that keeps it, which differs from call to call. */
function plain(content: string, callId: string): string {
  const notice = content.lastIndexOf(`${GAP}[You have made this very call `);
  return (notice === -1 ? content : content.slice(0, notice)).replaceAll(keptPath(callId), "");
}

const keys = new WeakMap<ToolCall, string>();

/** A call is never changed, so its key is worked out once: a turn costs the same after four hundred turns. */
function keyOf(call: ToolCall): string {
  const known = keys.get(call);
  if (known !== undefined) return known;
  const key = `${call.name} ${call.malformed ?? canonicalJson(call.input)}`;
  keys.set(call, key);
  return key;
}
