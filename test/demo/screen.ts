import { styleText } from "node:util";
import type { RunEvent, StoredEvent } from "../../src/core/events.ts";
import { timeline } from "../../src/views/timeline.ts";

/*
 * What the demo prints, for somebody who sees the product for the first time.
 */

export const say = (text = ""): void => void process.stdout.write(`${text}\n`);
export const title = (text: string): void => say(`\n${styleText(["bold", "cyan"], `▌ ${text}`)}`);
export const quote = (text: string): void => say(text.replaceAll(/^/gm, styleText("gray", "│ ")));
export const withoutMark = (body: string): string => body.replaceAll(/<!-- journeyman:[^\n]*-->/g, "").trim();

/** Facts that the product needs and a newcomer does not. */
const LEFT_OUT: ReadonlySet<RunEvent["type"]> = new Set([
  "command.accepted",
  "effect.done",
  "todo.updated",
  "workspace.opened",
]);

/** Facts as lines, the ones that explain nothing left out. */
export const liveLines = (facts: readonly StoredEvent[]): string =>
  timeline(
    facts.filter((fact) => !LEFT_OUT.has(fact.event.type)),
    { all: false },
  );

/** The simulator ends with the demo, so its address is no link that can be opened later. */
export const withoutAddress = (text: string, host: string): string =>
  text.replaceAll(`http://${host}`, "github.simulated");
