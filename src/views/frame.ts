import { defuse } from "../core/text/defuse.ts";
import { showInvisible } from "../core/text/invisible.ts";
import type { RunState } from "../core/state.ts";

/** What views need beside the state: where the run can be read in full, when there is such a page. */
export interface ViewOptions {
  readonly runUrl: string | null;
}

/** Text from a model, an issue or a test, made safe to post under our name. */
export const safe = (state: RunState, text: string): string =>
  defuse(text, {
    repository: {
      host: state.subject?.host ?? "github.com",
      owner: state.subject?.owner ?? "",
      name: state.subject?.name ?? "",
    },
  });

/** What would begin a block of its own at the start of a list item. Code on one line is none: its marks end on the same line. */
const BLOCK_START = /^(?:[#>+\-*|=~]|\d+[.)])/;

/**
 * The same as one line that starts no heading, list, quote or code block, for a place where a block would break what stands around
 * it. What is several lines becomes one.
 */
export function safeLine(state: RunState, text: string): string {
  const line = safe(state, text.replace(/\s+/g, " ").trim()).replace(/\s*\n\s*/g, " ");
  if (!BLOCK_START.test(line)) return line;
  return line.replace(/^(\d*)/, "$1\\");
}

/** The words of a model, set apart as such: whatever they look like, they are not ours. */
export const quoted = (state: RunState, text: string): string => safe(state, text).replaceAll(/^/gm, "> ");

export const list = (items: readonly string[], mark = "- "): string => items.map((item) => `${mark}${item}`).join("\n");

export const section = (title: string, body: string): string => (body === "" ? "" : `### ${title}\n\n${body}\n`);

export const paragraphs = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

/** Longest inline code: names of files and tests are shorter, unless somebody is playing. */
const CODE_CHARS = 400;

/** Inline code that cannot be left early: the fence is longer than any run of backticks inside. */
export function code(text: string): string {
  const whole = Array.from(showInvisible(text).replace(/\s+/g, " ").trim());
  const oneLine = whole.length > CODE_CHARS ? `${whole.slice(0, CODE_CHARS - 1).join("")}…` : whole.join("");
  // Two marks with nothing between them would begin code that ends wherever the next two stand.
  if (oneLine === "") return "` `";
  const longest = Math.max(0, ...(oneLine.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = oneLine.startsWith("`") || oneLine.endsWith("`") ? " " : "";
  return `${fence}${pad}${oneLine}${pad}${fence}`;
}

/** So many of something, in words that fit the number. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${ms} ms`;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export const runLine = (state: RunState, options: ViewOptions): string =>
  options.runUrl === null ? `Run ${code(state.run)}` : `Run [${state.run}](${options.runUrl})`;
