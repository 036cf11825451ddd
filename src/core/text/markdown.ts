import MarkdownIt from "markdown-it";
import type { Env, Token } from "markdown-it";

/*
 * Markdown written anew from how it parses, so that what a reader's renderer sees in the result is decided here and not
 * by whoever wrote the source.
 *
 * 1. Block structure (headings, lists, quotes, tables, code) is written in one plain form.
 * 2. What stands in a paragraph, a code block or an HTML block is the writer's to give; an empty answer drops the block.
 * 3. Link reference definitions are not blocks: they vanish.
 * 4. Emphasis is not parsed: its marks are ordinary characters to the writer.
 */

export interface MarkdownWriter {
  /** The text of a paragraph, heading or table cell. In a cell, `|` must be written `\|`. */
  inline(tokens: readonly Token[], place: "paragraph" | "cell"): string;
  /** A block of raw HTML, as Markdown. */
  html(content: string): string;
  /** A code block, fence included. */
  code(content: string, info: string): string;
}

/** An open list item or quote: what its first line starts with, and what the others do. */
interface Container {
  readonly marker: string;
  readonly indent: string;
  used: boolean;
}

interface Page {
  readonly lines: string[];
  readonly containers: Container[];
  /** Inside a list whose items are not separated by blank lines. */
  tight: boolean;
}

/** A token of the parser; `lead` is a heading's mark or a whole table. */
interface Piece {
  readonly token: Token;
  readonly lead: string;
}

/** Depth of nesting that is looked at. What lies deeper is dropped (blocks) or left as text (brackets): it bounds the time. */
const MAX_NESTING = 24;

const parser = new MarkdownIt({ html: true, linkify: false, maxNesting: MAX_NESTING }).disable([
  "emphasis",
  "strikethrough",
  "linkify",
  "replacements",
  "smartquotes",
  "text_join",
]);

/** @returns the Markdown, and how many link reference definitions were left out. */
export function rewriteMarkdown(
  source: string,
  writer: MarkdownWriter,
): { readonly text: string; readonly definitions: number } {
  const env: Env = {};
  const page: Page = { lines: [], containers: [], tight: false };
  for (const piece of pieces(parser.parse(source, env), writer)) take(page, piece, writer);
  return { text: page.lines.join("\n"), definitions: Object.keys(env.references ?? {}).length };
}

/** Longer than any run of backticks in `content`, and at least `least`. */
export function ticks(content: string, least: number): string {
  let longest = 0;
  for (const run of content.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return "`".repeat(Math.max(least, longest + 1));
}

/** A code span that shows `content`; line ends become spaces. */
export function codeSpan(content: string): string {
  const line = content.replaceAll("\n", " ");
  if (line.trim() === "") return "";
  const mark = ticks(line, 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${mark}${pad}${line}${pad}${mark}`;
}

/** The parser's tokens with each heading's mark beside its text, and each table folded into its last token. */
function* pieces(tokens: readonly Token[], writer: MarkdownWriter): Generator<Piece, void> {
  let lead = "";
  let table: string[] | null = null;
  let cells: string[] = [];
  for (const token of tokens) {
    if (token.type === "table_open") table = [];
    else if (token.type === "heading_open") lead = `${"#".repeat(Number(token.tag.slice(1)))} `;
    else if (token.type === "heading_close") lead = "";
    else if (table === null) yield { token, lead };
    else if (token.type === "inline") cells.push(writer.inline(token.children ?? [], "cell").replaceAll("\n", " "));
    else if (token.type === "tr_close") {
      table.push(`| ${cells.join(" | ")} |`);
      if (table.length === 1) table.push(`|${" --- |".repeat(cells.length)}`);
      cells = [];
    } else if (token.type === "table_close") {
      yield { token, lead: table.join("\n") };
      table = null;
    }
  }
}

function take(page: Page, { token, lead }: Piece, writer: MarkdownWriter): void {
  switch (token.type) {
    case "bullet_list_close":
    case "ordered_list_close":
      if (token.level === 0) page.tight = false;
      break;
    case "list_item_open":
      open(page, `${token.info}${token.markup} `);
      break;
    case "blockquote_open":
      page.containers.push({ marker: "> ", indent: "> ", used: false });
      break;
    case "list_item_close":
      if (page.containers.at(-1)?.used === false) put(page, "");
      page.containers.pop();
      break;
    case "blockquote_close":
      page.containers.pop();
      break;
    case "paragraph_open":
      if (!token.hidden) page.tight = false;
      break;
    case "paragraph_close":
      page.tight = token.hidden;
      break;
    case "inline":
      block(page, writer.inline(token.children ?? [], "paragraph"), lead);
      break;
    case "table_close":
      block(page, lead);
      break;
    case "hr":
      block(page, "---");
      break;
    case "html_block":
      block(page, writer.html(token.content));
      break;
    case "fence":
    case "code_block":
      block(page, writer.code(token.content, token.info));
      break;
    default:
  }
}

const open = (page: Page, marker: string): void => {
  page.containers.push({ marker, indent: " ".repeat(marker.length), used: false });
};

function block(page: Page, text: string, lead = ""): void {
  if (text.trim() === "") return;
  if (page.lines.length > 0 && !page.tight) {
    const open = page.containers.filter((container) => container.used);
    page.lines.push(
      open
        .map((container) => container.indent)
        .join("")
        .trimEnd(),
    );
  }
  for (const line of `${lead}${text}`.split("\n")) put(page, line);
}

function put(page: Page, line: string): void {
  let lead = "";
  for (const container of page.containers) {
    lead += container.used ? container.indent : container.marker;
    container.used = true;
  }
  page.lines.push(line === "" ? lead.trimEnd() : lead + line);
}
