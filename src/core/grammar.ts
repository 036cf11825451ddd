import MarkdownIt from "markdown-it";
import { type Command, RETRY_STAGES } from "./commands.ts";

/*
 * The grammar of commands. A comment is a command when its first line, at the top level of its Markdown and in a plain paragraph,
 * starts in column 0 with `/name`. Everything else (quotes, lists, code, HTML, headings, tables, other people's slash commands) is prose.
 *
 * Only block structure is parsed: it is linear in the length of the text, inline Markdown is not.
 * No sentence made here repeats what was typed; `typed` carries that, for a view to fence.
 */

type Parser = (name: string, line: string, text: string) => Command;

const blocks = new MarkdownIt({ html: true });
blocks.core.ruler.enableOnly(["normalize", "block"]);

const NAME = /^\/([a-z]+)(?=[ \t]|$)/;
const DIGEST = /^[0-9a-f]{12,64}$/i;
const DOLLARS = /^\$?(\d{1,6}(?:\.\d{1,2})?)$/;
const MODEL = /^[A-Za-z0-9][\w.:/@-]{0,99}$/;
const MAX_TYPED = 120;
/** Far above GitHub's 65,536 characters; what is longer is no comment. */
const MAX_BODY = 262_144;

const unusable = (line: string, problem: string): Command => ({
  name: "unusable",
  typed: line.slice(0, MAX_TYPED),
  problem,
});

/** A command whose argument is all that follows it, to the end of the comment. */
const text =
  (make: (argument: string) => Command, missing: string | null): Parser =>
  (_name, line, argument) =>
    argument === "" && missing !== null ? unusable(line, missing) : make(argument);

/** A command that stands alone on its line; the lines below it are prose. */
const alone =
  (command: Command): Parser =>
  (name, line) =>
    wordsOf(line).length === 0
      ? command
      : unusable(line, `\`/${name}\` takes nothing after it on its line. Comment \`/${name}\` alone.`);

const later: Parser = (name, line) => unusable(line, `\`/${name}\` is not available in this version.`);

const PARSERS: ReadonlyMap<string, Parser> = new Map([
  ["plan", text((guidance) => ({ name: "plan", guidance, source: "comment" }), null)],
  ["approve", parseApproval],
  [
    "revise",
    text(
      (feedback) => ({ name: "revise", feedback }),
      "`/revise` needs the change you want. Comment `/revise` followed by it.",
    ),
  ],
  ["reject", text((reason) => ({ name: "reject", reason }), null)],
  ["stop", alone({ name: "stop" })],
  ["cancel", alone({ name: "stop" })],
  ["retry", parseRetry],
  [
    "answer",
    text(
      (answer) => ({ name: "answer", text: answer }),
      "`/answer` needs the answer. Comment `/answer` followed by it.",
    ),
  ],
  ["budget", parseBudget],
  ["status", alone({ name: "status" })],
  ["help", alone({ name: "help" })],
  ["steer", later],
  ["cost", later],
  ["fix", later],
  ["rebase", later],
  ["docs", later],
]);

/** What a comment asks of us; null when it asks nothing. */
export function parseCommand(body: string): Command | null {
  if (!body.startsWith("/") || body.length > MAX_BODY) return null;
  const source = body.replaceAll(/\r\n?/g, "\n");
  const lines = source.split("\n");
  const line = (lines[0] ?? "").trimEnd();
  const name = commandName(line);
  const parser = name === null ? undefined : PARSERS.get(name);
  if (name === null || parser === undefined) return null;

  const prose = proseLines(source);
  if (prose[0] !== 0) return null;
  if (prose.some((at) => at > 0 && PARSERS.has(commandName(lines[at] ?? "") ?? ""))) {
    return unusable(line, "One comment can carry one command. Nothing was done; comment each command by itself.");
  }
  return parser(name, line, source.slice(name.length + 1).trim());
}

const commandName = (line: string): string | null => NAME.exec(line.trimEnd())?.[1] ?? null;

/** Numbers of the lines that belong to paragraphs at the top level, in order. */
function proseLines(source: string): number[] {
  return blocks
    .parse(source, {})
    .filter((token) => token.type === "paragraph_open" && token.level === 0)
    .flatMap((token) => {
      const [from, to] = token.map ?? [0, 0];
      return Array.from({ length: to - from }, (_, offset) => from + offset);
    });
}

const wordsOf = (line: string): string[] => line.split(/[ \t]+/).slice(1);

/** Dollars above zero, as in `$5`, `5` and `2.50`; null for anything else. */
function dollarsOf(word: string): number | null {
  const amount = Number(DOLLARS.exec(word)?.[1] ?? 0);
  return amount > 0 ? amount : null;
}

function parseBudget(_name: string, line: string): Command {
  const [word = "", ...more] = wordsOf(line);
  const usd = dollarsOf(word);
  if (usd !== null && more.length === 0) return { name: "budget", usd };
  return unusable(line, "`/budget` takes one amount above zero: `/budget $5` or `/budget $2.50`.");
}

const isStage = (word: string): word is (typeof RETRY_STAGES)[number] => RETRY_STAGES.some((stage) => stage === word);

function parseRetry(_name: string, line: string): Command {
  let from: (typeof RETRY_STAGES)[number] | undefined;
  let model: string | undefined;
  for (const word of wordsOf(line)) {
    if (word.startsWith("from=")) {
      const stage = word.slice(5);
      if (!isStage(stage)) return unusable(line, `A stage is written \`from=\` and one of ${RETRY_STAGES.join(", ")}.`);
      if (from !== undefined) return unusable(line, "The stage was given twice. Comment `/retry` with one of them.");
      from = stage;
    } else if (word.startsWith("model=")) {
      if (!MODEL.test(word.slice(6))) return unusable(line, "A model is written `model=` and its exact id.");
      if (model !== undefined) return unusable(line, "The model was given twice. Comment `/retry` with one of them.");
      model = word.slice(6);
    } else {
      return unusable(
        line,
        "After `/retry` on its line come only `from=STAGE` and `model=NAME`. Other words go below it.",
      );
    }
  }
  return { name: "retry", ...(from !== undefined && { from }), ...(model !== undefined && { model }) };
}

function parseApproval(_name: string, line: string): Command {
  let digest: string | null = null;
  let budgetUsd: number | null = null;
  let model: string | null = null;
  for (const word of wordsOf(line)) {
    if (word.startsWith("budget=")) {
      const amount = dollarsOf(word.slice(7));
      if (amount === null) return unusable(line, "A budget is written `budget=$5` or `budget=$2.50`, above zero.");
      if (budgetUsd !== null) return unusable(line, "The budget was given twice. Comment `/approve` with one of them.");
      budgetUsd = amount;
    } else if (word.startsWith("model=")) {
      if (!MODEL.test(word.slice(6))) return unusable(line, "A model is written `model=` and its exact id.");
      if (model !== null) return unusable(line, "The model was given twice. Comment `/approve` with one of them.");
      model = word.slice(6);
    } else if (DIGEST.test(word)) {
      if (digest !== null) return unusable(line, "Two plans were named. Comment `/approve` with one of them.");
      digest = word.toLowerCase();
    } else {
      return unusable(
        line,
        "After `/approve` on its line come only the plan's digest (12 to 64 hexadecimal digits), `budget=$N` and `model=NAME`. Other words go below it.",
      );
    }
  }
  return { name: "approve", digest, budgetUsd, model };
}
