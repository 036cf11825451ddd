import type { Message, UserMessage } from "../core/messages.ts";
import { Recap } from "../core/conversation/recap.ts";
import type { Todo } from "../core/todo.ts";
import type { Placed } from "../core/conversation/transcript.ts";
import { makeSubmit } from "../tools/submit.ts";
import { clipped, fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";

/*
 * A part of a conversation for its summariser, and a summary for the conversation. Both are bounded: results are cut to their edges, and
 * what is oldest goes first.
 */

const TASK_CHARS = 6_000;
const TEXT_CHARS = 2_000;
const CALL_CHARS = 300;
const RESULT_CHARS = 600;
/** Characters that a token is at least, for text of all kinds. */
const CHARS_PER_TOKEN = 2;

export const RECAP_TOOLS = [makeSubmit("Hand the summary over. The only call of its answer.", Recap)] as const;

export interface RecapTask {
  readonly word: string;
  readonly task: UserMessage;
  /** The messages to be summed up, oldest first. */
  readonly work: readonly Placed[];
  /** Bound of the whole text. */
  readonly tokens: number;
}

/** The first message of the summariser. */
export function recapTask({ word, task, work, tokens }: RecapTask): string {
  const room = Math.max(0, tokens * CHARS_PER_TOKEN - TASK_CHARS);
  const [kept, left] = newest(work.map(shown), room);
  return fill(PROMPTS.summariserTask, {
    task: fenced("task", word, clipped(textOf(task), TASK_CHARS)),
    work: fenced("work", word, left === 0 ? kept : [{ leftOut: `${left} older messages` }, ...kept]),
  });
}

/** As many of the last entries as there is room for, and how many are left out. */
function newest(entries: readonly object[], room: number): readonly [kept: object[], left: number] {
  let used = 0;
  let from = entries.length;
  for (; from > 0; from -= 1) {
    used += JSON.stringify(entries[from - 1]).length;
    if (used > room) break;
  }
  return [entries.slice(from), from];
}

const textOf = ({ content }: Message): string =>
  content.map((block) => (block.type === "text" ? block.text : "")).join("\n");

/** A message in a few words. Thoughts are left out: they were never said. */
function shown({ turn, message }: Placed): object {
  const parts = message.content.flatMap((block): object[] => {
    switch (block.type) {
      case "text":
        return [{ text: edges(block.text, TEXT_CHARS) }];
      case "thinking":
        return [];
      case "tool_call":
        return [{ call: block.name, input: edges(block.malformed ?? JSON.stringify(block.input), CALL_CHARS) }];
      case "tool_result":
        return [{ [block.isError ? "failure" : "result"]: edges(block.content, RESULT_CHARS) }];
    }
  });
  return { answer: turn, by: message.role === "assistant" ? "worker" : "harness", parts };
}

/** Head and tail: the one says what was asked, the other how it ended. */
const edges = (text: string, most: number): string =>
  text.length <= most
    ? text
    : `${text.slice(0, most / 2)} [… ${text.length - most} characters …] ${text.slice(-most / 2)}`;

/** What the harness itself knows of the work, whoever wrote the summary. */
export interface Known {
  readonly todo: readonly Todo[];
  /** Paths of the last checkpoint, with what became of each. */
  readonly changed: readonly { readonly path: string; readonly status: string }[];
  /** The notice that the budget runs low; null while it does not. */
  readonly low: string | null;
}

/** The summary and what is known besides, as the one who goes on with the work gets it. */
export const notesOf = (word: string, recap: Recap | Fallback, { todo, changed, low }: Known): string =>
  [
    fenced("summary", word, recap),
    todo.length === 0 ? "" : `The todo list:\n${fenced("todo", word, todo)}`,
    changed.length === 0 ? "" : `Files changed so far:\n${fenced("changed", word, changed)}`,
    low ?? "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");

/** A summary in place of a conversation's own answers. */
export const compactedText = (notes: string): string => fill(PROMPTS.compacted, { notes });

/** Behind the task, in the conversation in which the work goes on. `report` is what became of the last submission. */
export const handOffText = (notes: string, report: string): string => fill(PROMPTS.handOff, { notes, report });

/** A summary that no model wrote. */
export interface Fallback {
  readonly note: string;
  readonly earlier: string;
  readonly lastSaid: readonly string[];
  readonly lastCalls: readonly string[];
}

const LAST = 12;

/** What can be said of the work without a model: its own last words and calls, and the summary before. */
export function fallbackOf(work: readonly Placed[]): Fallback {
  const blocks = work.flatMap(({ message }) => (message.role === "assistant" ? message.content : []));
  const earlier = work
    .filter(({ turn, message }) => turn === 0 && message.role === "user")
    .map(({ message }) => textOf(message));
  return {
    note: "No summary could be written. These are the last of the earlier words and calls.",
    earlier: edges(earlier.join("\n"), 3 * TEXT_CHARS),
    lastSaid: blocks
      .flatMap((block) => (block.type === "text" ? [edges(block.text, TEXT_CHARS)] : []))
      .slice(-LAST / 2),
    lastCalls: blocks
      .flatMap((block) =>
        block.type === "tool_call" ? [`${block.name} ${edges(JSON.stringify(block.input), CALL_CHARS)}`] : [],
      )
      .slice(-LAST),
  };
}
