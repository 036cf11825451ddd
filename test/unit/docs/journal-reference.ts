import { ChangedFile, DeletedFile, Change, RefusedEntry } from "../../../src/core/change/change.ts";
import { Command } from "../../../src/core/commands.ts";
import { ConversationId } from "../../../src/core/conversation/conversation-events.ts";
import { EVENT_VERSION, RunEvent, Stage, StoredEvent } from "../../../src/core/events.ts";
import { Todo } from "../../../src/core/todo.ts";
import { Digest, RunId, Sha } from "../../../src/core/ids.ts";
import * as messages from "../../../src/core/messages.ts";
import { Plan } from "../../../src/core/plan.ts";
import { Settings, SettingsFault } from "../../../src/core/settings/settings.ts";
import { Actor, IssueSnapshot, Permission, Subject } from "../../../src/core/subject.ts";
import { GROUPS, MEANINGS } from "./fact-meanings.ts";
import { fieldsOf, type Names, wordsOf } from "./schema-words.ts";

/*
 * docs/journal.md, from the schemas of the facts. `script/journal-reference` writes it.
 */

/** Things that facts are made of, with a section of their own. */
const PARTS = {
  Subject,
  Actor,
  IssueSnapshot,
  Plan,
  SettingsFault,
  Todo,
  ChangedFile,
  DeletedFile,
  RefusedEntry,
  Usage: messages.Usage,
  UserMessage: messages.UserMessage,
  AssistantMessage: messages.AssistantMessage,
  TextBlock: messages.TextBlock,
  ThinkingBlock: messages.ThinkingBlock,
  ToolCall: messages.ToolCall,
  ToolResult: messages.ToolResult,
  ToolDefinition: messages.ToolDefinition,
} as const;

/** Things with a name but a description in a line. */
const WORDS = { Command, Change, Settings, RunEvent, RunId, Digest, Sha, Stage, ConversationId, Permission } as const;

const NAMES: Names = new Map<unknown, string>(
  Object.entries({ ...PARTS, ...WORDS, Effort: messages.Effort, StopReason: messages.StopReason }).map(
    ([name, schema]) => [schema, name],
  ),
);

const without = (schema: unknown): Names => new Map([...NAMES].filter(([named]) => named !== schema));

const cell = (text: string): string => text.replaceAll("|", "\\|");

const fieldTable = (schema: Parameters<typeof fieldsOf>[0], skipped: readonly string[]): string => {
  const rows = fieldsOf(schema, without(schema)).filter(({ field }) => !skipped.includes(field));
  if (rows.length === 0) return "No fields of its own.";
  return [
    "| field | type |",
    "| --- | --- |",
    ...rows.map(({ field, type }) => `| \`${field}\` | ${cell(type)} |`),
  ].join("\n");
};

function factSection(type: RunEvent["type"]): string {
  const schema = RunEvent.options.find((option) => option.shape.type.value === type);
  return schema === undefined ? "" : `### ${type}\n\n${MEANINGS[type]}\n\n${fieldTable(schema, ["type"])}`;
}

const groups = (): string =>
  Object.entries(GROUPS)
    .map(([title, types]) => [`## ${title}`, ...types.map(factSection)].join("\n\n"))
    .join("\n\n");

const commands = (): string =>
  Command.options
    .map((option) => {
      const fields = fieldsOf(option, NAMES).filter(({ field }) => field !== "name");
      return `| \`${option.shape.name.value}\` | ${cell(fields.map(({ field, type }) => `\`${field}\`: ${type}`).join("; "))} |`;
    })
    .join("\n");

const oneOf = (schema: Parameters<typeof wordsOf>[0]): string => wordsOf(schema, without(schema));

const HEAD = `# The journal

This page is written by \`script/journal-reference\` from the schemas in \`src/core/events.ts\`; a test fails when it is stale.

A run is a list of facts. A fact is written once and never changed. All that is known of a run is the fold of its facts
(\`src/core/evolve.ts\`); nothing else is state. \`journeyman show RUN\` prints them for people, \`journeyman show RUN --json\` as they are.

Each run is also a text file, one fact a line: \`DATA_DIR/runs/YYYY-MM-DD/<run>.jsonl\`. The file follows the journal and is mended by
the next write after a crash. When the run is over it is compressed to \`<run>.jsonl.gz\`; a fact that comes later brings the text back beside it
until the run rests again. How long it stays: [operations.md](operations.md#retention).

Each line ends with \`sum\`, the CRC-32 of the line without it (the closing brace kept), so that a flipped byte is noticed; lines of older
releases have none. A line without \`version\` is of version 1.

## Versions and damage

Version ${EVENT_VERSION} of the schemas. Schemas only grow: what is new is an optional field or a new type. When something written before
would mean something else, the version is raised, and \`src/core/upcast.ts\` makes facts of the version before into facts of this one before
any schema sees them, from the database as from a file. Journals of every release stand in \`fixtures/journals\`; tests load, fold, resume and
replay them, cut at each of the fifteen stages of a run.

A fact that is cut off, changed, missing, repeated or of a newer version is refused with the run and the index (\`journal_corrupt\`); nothing
is skipped. A worker that meets such a run says so once in its log (\`journal.corrupt\`), \`journeyman runs\` lists it as \`damaged at fact N\`,
and nobody is woken for it until somebody writes on its issue. The other runs go on.

## Show and replay

\`journeyman show RUN --at N\` prints the state that facts 0 to N come to, and those facts; \`--json\`, \`--plan\`, \`--files\`, \`--requests\` and
\`--understanding\` then count these facts only. \`--artifact\` writes one file of that checkpoint, by its path, or any artifact by its digest.

What a run shows is rendered once, from the facts before the \`effect.intended\`, which names it by \`digest\`: an artifact with the very text that
the forge is given, without the marker before a comment. A pull request's is its title, an empty line and its description. A worker that dies
before the effect leaves that text to the next one, which posts it whatever has happened since.

\`journeyman replay RUN\` renders each of these texts again from the facts alone and compares it with what was shown: \`equal\`, \`differs\`
(\`--diff\` says where), \`not recorded\` (an older release named no text) or \`not owed\` (by these facts nothing of that name is). The exit code
is 1 when one differs or is not owed. \`--out DIR\` writes the texts as files. A text of an older release may differ because a view was changed
since. Edits of the status comment while a stage works are no effects and are not replayed; the state in which a run rests is.

## A stored fact

`;

const UNITS = `
- \`index\` counts from 0 without gaps. \`epoch\` is the lease it was written under; a writer with an older epoch is refused.
- \`at\` is ISO 8601, UTC.
- Names that end in \`MicroUsd\` are whole micro-dollars (1 USD = 1,000,000). Names that end in \`Ms\` are milliseconds.
- \`command\`, where it is a number, is the index of the \`command.received\` that it answers.
- A whole number that counts is never negative. A digest is 64 lower-case hexadecimal digits (SHA-256), a Sha 40 (git).
- Secrets of the configuration, and what looks like a secret, are masked before a fact is written.
`;

/** The text of docs/journal.md. */
export function journalReference(): string {
  const parts = Object.entries(PARTS).map(([name, schema]) => `### ${name}\n\n${fieldTable(schema, [])}`);
  return [
    `${HEAD}${fieldTable(StoredEvent, [])}\n${UNITS}`.trimEnd(),
    groups(),
    "## Parts of facts",
    `Stage: ${oneOf(Stage)}. Permission: ${oneOf(Permission)}. Effort: ${oneOf(messages.Effort)}. StopReason: ${oneOf(messages.StopReason)}.`,
    "A Change is a ChangedFile or a DeletedFile. Settings are those of [settings.md](settings.md), with every default filled in. A RunId is a ULID in lower case. A ConversationId is `plan.N` or `implement.N`.",
    `### Command\n\n| name | fields |\n| --- | --- |\n${commands()}`,
    ...parts,
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}
