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
the next write after a crash. It is not compressed and not removed by itself yet.

## A stored fact

Version ${EVENT_VERSION} of the schemas. A reader refuses a newer version.

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
