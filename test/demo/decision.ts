import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { parseCommand } from "../../src/core/grammar.ts";
import { isResting, next } from "../../src/core/next.ts";
import { shortDigest } from "../../src/core/plan.ts";
import type { RunState } from "../../src/core/state.ts";
import { owed } from "../../src/views/owed.ts";
import type { Instance } from "../support/instance.ts";
import * as story from "../support/story.ts";
import { quote, say, title, withoutMark } from "./screen.ts";

/*
 * Whoever sits at the terminal decides on the plan, with the commands that a maintainer has on GitHub.
 */

export type Follow = (enough: (state: RunState) => boolean) => Promise<RunState>;

/** The run waits for people, and GitHub shows all that they need to know. */
export const settled = (state: RunState): boolean =>
  isResting(next(state)) && owed(state, { runUrl: null }).length === 0;

const decided = (state: RunState): boolean => state.approval !== null || state.outcome !== null;

const ARE_COMMANDS =
  "That is none of the commands: /approve, /revise, /reject, /plan, /answer, /retry, /stop, /status, /help.";

function question(state: RunState): string {
  const command = (text: string): string => styleText("bold", text);
  if (state.plan !== null && state.question === null && state.parked === null)
    return `Type ${command(`/approve ${shortDigest(state.plan.digest)}`)} (or /revise …, /reject …) and press Enter: `;
  if (state.parked !== null) return `The run is held up. Type ${command("/retry")} (or /stop) and press Enter: `;
  return `Type ${command("/answer …")} (or /stop) and press Enter: `;
}

/** The comments of the App that were not there before. */
function printNews(
  instance: Instance,
  scene: story.Scene,
  { before, after }: Record<"before" | "after", RunState>,
): void {
  const comments = instance.github.comments(scene.issue);
  for (const [key, effect] of Object.entries(after.effects)) {
    if (effect === null || (before.effects[key] ?? null) !== null || /^(?:eyes|status)\b(?!-reply)/.test(key)) continue;
    const posted = comments.find(({ id }) => String(id) === effect.remoteId);
    if (posted === undefined) continue;
    title(key.startsWith("plan.") ? "The new plan" : "The App's answer");
    quote(withoutMark(posted.body));
  }
}

/** The comment was answered and the run has come to rest, or the decision was made. */
const answered = (state: RunState, comment: number): boolean =>
  state.answered.some((command) => command.comment?.id === comment) && (settled(state) || decided(state));

/** Asks until the plan is approved or the run is over. Null: the input ended before that. */
export async function decide(
  instance: Instance,
  scene: story.Scene,
  { follow, from }: { readonly follow: Follow; readonly from: RunState },
): Promise<RunState | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  let ended = false;
  terminal.once("close", () => (ended = true));
  const ask = (text: string): void => {
    say();
    // Piped input ends before its lines are all read, and a closed terminal takes no prompt.
    if (ended) return void process.stdout.write(text);
    terminal.setPrompt(text);
    terminal.prompt();
  };
  // Lines that were typed or piped in early are kept until they are asked for.
  const lines = terminal[Symbol.asyncIterator]();
  try {
    let state = from;
    while (!decided(state)) {
      ask(question(state));
      const line = await lines.next();
      if (line.done === true) return null;
      const typed = line.value.trim();
      if (!process.stdin.isTTY) say(typed);
      if (parseCommand(typed) === null) {
        say(ARE_COMMANDS);
        continue;
      }
      const comment = story.comment(instance, scene, typed);
      const before = state;
      state = await follow((now) => answered(now, comment));
      if (!decided(state)) printNews(instance, scene, { before, after: state });
    }
    return state;
  } finally {
    terminal.close();
  }
}
