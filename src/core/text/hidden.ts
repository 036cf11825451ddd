import type { Token } from "markdown-it";
import { type HtmlState, htmlState, htmlText, isShown, plainText } from "./html-text.ts";
import { dropInvisible } from "./invisible.ts";
import { codeSpan, type MarkdownWriter, rewriteMarkdown, ticks } from "./markdown.ts";

/*
 * Text of an issue as its reader on GitHub sees it, for a prompt.
 *
 * 1. What GitHub hides is left out: comments, attributes, titles, alternative texts, unused definitions and footnotes,
 *    the words after a fence's language, invisible characters.
 * 2. What is seen but easily overlooked (folded, small, struck out) stays and is labelled.
 * 3. In doubt a part counts as hidden: a model that is told too little asks, one that is told too much obeys.
 * 4. The result, given in again, comes out the same.
 */

export interface VisibleText {
  readonly text: string;
  /** Parts that were left out. */
  readonly hidden: number;
}

/** Removing one part can uncover another; so often at most. */
const MAX_PASSES = 6;
const LONGEST_URL = 300;
const LANGUAGES = new Set(
  "bash c console cpp cs css csharp diff docker dockerfile go graphql html ini java javascript js json jsx kotlin log lua make makefile markdown md php powershell py python rb rs ruby rust scala sh shell sql swift text toml ts tsx txt typescript xml yaml yml zig".split(
    " ",
  ),
);

export function visibleText(markdown: string): VisibleText {
  const { text: printed, runs } = dropInvisible(markdown);
  let text = printed;
  let hidden = runs;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const seen = onePass(text);
    hidden += seen.hidden;
    if (seen.text === text) break;
    text = seen.text;
  }
  return { text, hidden };
}

function onePass(source: string): VisibleText {
  const notes = seenFootnotes(source);
  const state = htmlState(notes.text);
  const writer: MarkdownWriter = {
    inline: (tokens, place) => inlineText(state, tokens, place === "cell"),
    html: (content) => trimLines(htmlText(state, content)).replace(/\n{3,}/g, "\n\n"),
    code: (content, info) => (isShown(state) ? codeText(state, content, info.trim()) : ""),
  };
  const { text, definitions } = rewriteMarkdown(notes.text, writer);
  return { text, hidden: state.hidden + definitions + notes.hidden };
}

function codeText(state: HtmlState, content: string, info: string): string {
  const language = LANGUAGES.has(info.toLowerCase()) ? info : "";
  if (info !== language) state.hidden++;
  const mark = ticks(content, 3);
  return `${mark}${language}\n${content.endsWith("\n") ? content : `${content}\n`}${mark}`;
}

function inlineText(state: HtmlState, tokens: readonly Token[], inCell: boolean): string {
  let text = "";
  const links: string[] = [];
  for (const token of tokens) {
    if (token.type === "html_inline") text += htmlText(state, token.content);
    else if (token.type === "link_open") links.push(linkTarget(state, token));
    else if (token.type === "link_close") text += links.pop() ?? "";
    else if (isShown(state))
      text += inCell ? seenInline(state, token).replaceAll("|", "\\|") : seenInline(state, token);
  }
  return trimLines(text);
}

function seenInline(state: HtmlState, token: Token): string {
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      return "\n";
    case "code_inline":
      return codeSpan(token.content);
    case "text_special":
      if (dropInvisible(token.content).runs === 0) return token.markup;
      state.hidden++;
      return "";
    case "image":
      if (token.content !== "" || token.attrGet("title") !== null) state.hidden++;
      return "[image]";
    default:
      return plainText(token.content);
  }
}

/** Where a link leads, in brackets after its text: without query, and only as far as it is no text in disguise. */
function linkTarget(state: HtmlState, token: Token): string {
  if (token.attrGet("title") !== null) state.hidden++;
  if (token.markup === "autolink" || !isShown(state)) return "";
  const url = String(token.attrGet("href") ?? "");
  const shown = url.split(/[?%]/, 1)[0] ?? "";
  if (shown !== url || url.length > LONGEST_URL) state.hidden++;
  return shown === "" || shown.length > LONGEST_URL ? "" : ` (${plainText(shown)})`;
}

const trimLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim();

/** GitHub shows a footnote only when the text refers to it. The shown ones become paragraphs that start with `\[^`. */
function seenFootnotes(source: string): VisibleText {
  const definition = /^[ >]*(?:[-*+] +|\d{1,9}[.)] +)*\\?\[\^([^\]\s]{1,80})\]:/;
  const parts: { label: string | null; lines: string[] }[] = [{ label: null, lines: [] }];
  let blank = false;
  let fence: string | null = null;
  for (const line of source.split("\n")) {
    const mark = /^[ >]*(`{3,}|~{3,})/.exec(line)?.[1];
    const label = fence === null ? definition.exec(line)?.[1] : undefined;
    if (mark !== undefined && fence === null) fence = mark;
    else if (mark !== undefined && fence !== null && mark.startsWith(fence)) fence = null;
    const open = parts.at(-1);
    if (label !== undefined) parts.push({ label, lines: [line.replace(/\\?\[\^/, "\\[^")] });
    else if (open?.label != null && blank && !/^\s/.test(line) && line !== "")
      parts.push({ label: null, lines: [line] });
    else open?.lines.push(line);
    blank = line.trim() === "";
  }
  const body = parts.flatMap((part) => (part.label === null ? part.lines : [])).join("\n");
  const used = new Set(Array.from(body.matchAll(/\[\^([^\]\s]{1,80})\]/g), ([, label]) => label?.toLowerCase()));
  const shown = parts.filter((part) => part.label === null || used.has(part.label.toLowerCase()));
  return { text: shown.flatMap((part) => part.lines).join("\n"), hidden: parts.length - shown.length };
}
