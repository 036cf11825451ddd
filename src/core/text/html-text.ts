/*
 * What a reader sees of raw HTML inside Markdown: the text between the tags. Comments, attributes and the content of
 * elements that show nothing are not text. Every character is looked at a bounded number of times.
 */

/** Where the reader of a document stands; it outlives one piece of HTML, as an unclosed comment does on the page. */
export interface HtmlState {
  /** Parts that a reader does not see, so far. */
  hidden: number;
  /** Set while inside an unclosed comment or tag: what ends it. */
  until: string | null;
  /** Set while inside an element that shows nothing: its name. */
  silent: string | null;
  /** How many closing tags of each silent element are still to come; without one, an opening tag silences nothing. */
  readonly closings: Map<string, number>;
}

const SILENT = new Set(
  "script style template title textarea xmp iframe noembed noframes noscript head object svg math select audio video canvas".split(
    " ",
  ),
);
const PLAIN_ATTRIBUTES =
  /^\/?$|^(?:href|src|width|height|align|valign|id|name|class|rel|target|colspan|rowspan|start|type)=|^open(?:=|$)/i;
const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  details: ["\n(folded)\n", "\n(end of folded)\n"],
  summary: ["", "\n"],
  sup: ["(small: ", ")"],
  sub: ["(small: ", ")"],
  small: ["(small: ", ")"],
  del: ["(struck out: ", ")"],
  s: ["(struck out: ", ")"],
  strike: ["(struck out: ", ")"],
  br: ["\n", ""],
  hr: ["\n", ""],
  p: ["\n", "\n"],
  div: ["\n", "\n"],
  li: ["\n", ""],
  tr: ["\n", ""],
  td: [" ", ""],
  th: [" ", ""],
  img: ["[image]", ""],
};

export function htmlState(source: string): HtmlState {
  const closings = new Map<string, number>();
  for (const [, name] of source.matchAll(/<\/([a-z]{4,8})/gi)) {
    const key = (name ?? "").toLowerCase();
    if (SILENT.has(key)) closings.set(key, (closings.get(key) ?? 0) + 1);
  }
  return { hidden: 0, until: null, silent: null, closings };
}

/** Whether ordinary text at this place is seen. */
export const isShown = (state: HtmlState): boolean => state.until === null && state.silent === null;

/** A `<` that is only a character, written so that it stays one. */
export const plainText = (text: string): string => text.replace(/<(?![\s\d=-])/g, "&lt;");

/** The text a reader sees of `html`; moves `state` on. */
export function htmlText(state: HtmlState, html: string): string {
  let shown = "";
  let at = 0;
  if (state.until !== null) {
    const end = html.indexOf(state.until);
    if (end === -1) return "";
    at = end + state.until.length;
    state.until = null;
  }
  while (at < html.length && state.until === null) {
    const start = html.indexOf("<", at);
    if (isShown(state)) shown += html.slice(at, start === -1 ? undefined : start);
    if (start === -1) break;
    const end = endOf(state, html, start);
    const markup = html.slice(start, end);
    if (markup === "<") shown += isShown(state) ? "&lt;" : "";
    else if (state.until === null) shown += labelOf(state, markup);
    at = end;
  }
  return shown;
}

/** Where the markup that starts at `start` ends; one past the `<` when it is no markup. Unclosed markup sets `state.until`. */
function endOf(state: HtmlState, html: string, start: number): number {
  const comment = html.startsWith("<!--", start);
  if (!comment && !/[a-z/!?]/i.test(html.charAt(start + 1))) return start + 1;
  const end = comment ? html.indexOf("-->", start + 4) : endOfTag(html, start);
  if (end !== -1) return end + (comment ? 3 : 1);
  state.until = comment ? "-->" : ">";
  if (state.silent === null) state.hidden++;
  return html.length;
}

function endOfTag(html: string, start: number): number {
  let quote = "";
  for (let at = start + 1; at < html.length; at++) {
    const character = html.charAt(at);
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === ">") return at;
    else if (character === '"' || character === "'") quote = character;
  }
  return -1;
}

function labelOf(state: HtmlState, markup: string): string {
  const name = /^<\/?([a-z][a-z0-9-]{0,30})/i.exec(markup)?.[1]?.toLowerCase() ?? "";
  const closing = markup.startsWith("</");
  const left = state.closings.get(name) ?? 0;
  if (closing && left > 0) state.closings.set(name, left - 1);
  if (state.silent !== null) {
    if (closing && name === state.silent) state.silent = null;
    return "";
  }
  if (!closing && SILENT.has(name) && left > 0) state.silent = name;
  const attributes = markup.slice(1 + name.length, -1).trim();
  const hides =
    name === "" ||
    state.silent !== null ||
    (!closing && attributes.split(/\s+/).some((part) => !PLAIN_ATTRIBUTES.test(part)));
  if (hides) state.hidden++;
  return LABELS[name]?.[closing ? 1 : 0] ?? "";
}
