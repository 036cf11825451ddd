import type { Token } from "markdown-it";
import { showInvisible } from "./invisible.ts";
import { codeSpan, type MarkdownWriter, rewriteMarkdown, ticks } from "./markdown.ts";

/*
 * Text by a model or by strangers, made fit to be posted in the App's name.
 *
 * 1. It notifies nobody but `mentions`, refers to and closes no issue, starts no line with a slash command.
 * 2. It holds no image, no HTML, and no link that leaves the repository; what was meant as one is shown as code.
 * 3. It holds only printable characters; invisible ones are shown by their code.
 * 4. Nothing in it can open or close a code block, table, link or formula of ours: code is written anew with marks longer
 *    than any inside, and in text every character that could begin such a thing is escaped.
 */

export interface DefuseOptions {
  /** Logins that may be mentioned, without `@`. */
  readonly mentions?: readonly string[];
  readonly repository: { readonly host: string; readonly owner: string; readonly name: string };
}

/** Languages whose code blocks GitHub draws or applies instead of showing them. */
const DRAWN = new Set(["mermaid", "math", "geojson", "topojson", "stl", "suggestion"]);
/** Words that GitHub, or a bot that reads comments, would act on. */
const ACTIVE = /@[a-z0-9]|#\d|\bgh-\d|:\/\/|\/\/\w|\bwww\.|\b(?:mailto|xmpp|tel|data|javascript):/i;
const COMMAND = /^[*_~"'([{<]*\/[a-z]/i;
const OPENING = /^[*_~"'([{<]*/;
const CLOSING = new Set("*_~\"')]}>.,;:!?");
/** Pages of a repository that a link may lead to: what shows code. A link to an issue could close it. */
const CODE_PAGE = /^(?:\/(?:blob|blame|tree|commit)\/(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.~/#=+-]+)?\/?$/;

export function defuse(text: string, options: DefuseOptions): string {
  const writer: MarkdownWriter = {
    inline: (tokens, place) => {
      const written = inlineText(tokens, options);
      return place === "cell" ? written.replace(/\\?\|/g, "\\|") : written;
    },
    html: (content) => plainWords(content.trim(), options),
    code: (content, info) => fence(content, info),
  };
  return rewriteMarkdown(showInvisible(text), writer).text;
}

/** A code block around anything: its marks are longer than any inside, and no line of it starts with a slash command. */
export function fence(text: string, info = ""): string {
  const content = showInvisible(text).replace(/^\/(?=[a-z])/gim, " /");
  const language = /^[a-z0-9+#-]{1,20}$/i.test(info) && !DRAWN.has(info.toLowerCase()) ? info : "";
  const mark = ticks(content, 3);
  return `${mark}${language}\n${content.endsWith("\n") || content === "" ? content : `${content}\n`}${mark}`;
}

/** One line of plain text for a place that is no Markdown: a title, a commit's subject, a log line. */
export function plainLine(text: string, max: number): string {
  const line = showInvisible(text)
    .replace(/\s+/g, " ")
    .replace(/@(?=[a-z0-9])/gi, "@ ")
    .replace(/#(?=\d)/g, "# ")
    .replace(/\b(gh)-(?=\d)/gi, "$1 ")
    .replace(/\bhttps?:\/\//gi, "")
    .trim();
  const points = Array.from(line);
  if (points.length <= max) return line;
  const kept = points.slice(0, max - 1).join("");
  return `${kept.trimEnd()}…`;
}

/** Text runs are gathered across tokens before they are judged, so that `@` and a name cannot come in two pieces. */
function inlineText(tokens: readonly Token[], options: DefuseOptions): string {
  let written = "";
  let run = "";
  const links: string[] = [];
  const flush = (): void => {
    written = joined(written, plainWords(run, options, written === ""));
    run = "";
  };
  for (const token of tokens) {
    if (token.type === "softbreak" || token.type === "hardbreak") run += "\n";
    else if (token.type === "image") run += "(image removed)";
    else if (token.type === "code_inline") {
      flush();
      written = joined(written, codeSpan(token.content));
    } else if (token.type === "link_open") {
      const href = token.markup === "autolink" ? "" : String(token.attrGet("href") ?? "");
      links.push(href);
      if (!isCodePage(href, options)) continue;
      flush();
      written += "[";
    } else if (token.type === "link_close") {
      const href = links.pop() ?? "";
      flush();
      if (isCodePage(href, options)) written += `](${href})`;
      else if (href !== "") written += ` (${codeSpan(href)})`;
    } else run += token.content;
  }
  flush();
  return written;
}

/** Two code spans side by side would read as one. */
const joined = (left: string, right: string): string =>
  left.endsWith("`") && right.startsWith("`") ? `${left} ${right}` : left + right;

/** Plain text as Markdown that shows exactly it. `atStart` says that nothing stands before it on its first line. */
function plainWords(text: string, options: DefuseOptions, atStart = true): string {
  let lineStart = atStart;
  const checkbox = (atStart && /^\[[ xX]\] /.exec(text)?.[0]) || "";
  const words =
    text
      .slice(checkbox.length)
      .replace(/\n[ \t]+/g, "\n")
      .match(/\s+|\S+/g) ?? [];
  const written = words.map((word) => {
    if (word.trim() === "") {
      lineStart ||= word.includes("\n");
      return word;
    }
    const risky = ACTIVE.test(word) || (lineStart && COMMAND.test(word));
    lineStart = false;
    return risky ? quiet(word, options) : escape(word);
  });
  return checkbox + written.join("");
}

/** A word that would do something, shown as code unless it may do it. Punctuation around it stays outside. */
function quiet(word: string, options: DefuseOptions): string {
  const start = OPENING.exec(word)?.[0].length ?? 0;
  let end = word.length;
  while (end > start && CLOSING.has(word.charAt(end - 1))) end--;
  const core = word.slice(start, end);
  return escape(word.slice(0, start)) + allowed(core, options) + escape(word.slice(end));
}

function allowed(word: string, options: DefuseOptions): string {
  const login = word.startsWith("@") ? word.slice(1).toLowerCase() : null;
  if (login !== null && options.mentions?.some((mention) => mention.toLowerCase() === login) === true) return word;
  return isCodePage(word, options) ? `<${word}>` : codeSpan(word);
}

function isCodePage(url: string, { repository }: DefuseOptions): boolean {
  const own = `https://${repository.host}/${repository.owner}/${repository.name}`;
  return url.toLowerCase().startsWith(own.toLowerCase()) && CODE_PAGE.test(url.slice(own.length));
}

const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`[\]|~$]/g, "\\$&");

/** GitHub's limit for a comment is 65,536 characters; what we add around a text needs room. */
const MAX_COMMENT = 60_000;
const NOTICE = "\n\n*Shortened: the rest did not fit. The full text is in the run's journal.*";

/**
 * Markdown of at most `max` characters. What is too long is cut between blocks where one ends in the last quarter, else
 * between lines; open code blocks and folded sections are closed, and a notice is added.
 */
export function truncateMarkdown(body: string, max: number = MAX_COMMENT): string {
  if (body.length <= max) return body;
  const room = max - NOTICE.length;
  let length = 0;
  let kept = { length: 0, closing: "" };
  let open = { fence: "", folded: 0 };
  for (const line of body.split("\n")) {
    const after = openAfter(open, line);
    const closing = closingOf(after);
    const end = length + line.length + 1;
    if (end + closing.length > room) break;
    const isBlockEnd = line.trim() === "" && after.fence === "";
    if (isBlockEnd || kept.length < room * 0.75) kept = { length: end, closing };
    open = after;
    length = end;
  }
  if (kept.length === 0) return body.slice(0, room).replace(/[\uD800-\uDBFF]$/, "") + NOTICE;
  return body.slice(0, kept.length).trimEnd() + kept.closing + NOTICE;
}

interface OpenBlocks {
  readonly fence: string;
  readonly folded: number;
}

function openAfter(open: OpenBlocks, line: string): OpenBlocks {
  const mark = /^[ >]*(?:[-*+] |\d+[.)] )*(`{3,}|~{3,})([^`]*)$/.exec(line);
  const fence = mark?.[1] ?? "";
  if (open.fence !== "") {
    const closes = fence.startsWith(open.fence) && mark?.[2]?.trim() === "";
    return closes ? { ...open, fence: "" } : open;
  }
  if (fence !== "") return { ...open, fence };
  const opened = line.match(/<details\b/gi)?.length ?? 0;
  const closed = line.match(/<\/details>/gi)?.length ?? 0;
  return { fence: "", folded: Math.max(0, open.folded + opened - closed) };
}

const closingOf = (open: OpenBlocks): string =>
  (open.fence === "" ? "" : `\n${open.fence}`) + "\n\n</details>".repeat(open.folded);
