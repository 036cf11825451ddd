import type { z } from "zod";
import type { ToolCall, ToolDefinition } from "../core/messages.ts";
import { MASK } from "../core/text/redact.ts";
import { failure } from "./outcome.ts";

/*
 * Answers to calls that cannot be run, and the word on one that ran in an older form.
 */

export const badArguments = (definition: ToolDefinition, error: z.ZodError): string =>
  failure("bad_arguments", {
    problems: error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)),
    schema: definition.schema,
    suggestion: "Nothing was run. Call again with arguments that fit the schema.",
  }).content;

export const noSuchTool = (names: readonly string[]): string =>
  failure("no_such_tool", { suggestion: `The tools are: ${names.join(", ")}.` }).content;

export const notJson = (raw: string): string =>
  failure("malformed_arguments", {
    received: raw.length > 600 ? `${raw.slice(0, 300)} … ${raw.slice(-300)}` : raw,
    suggestion: "These arguments were not valid JSON, so nothing was run. Call again with complete, valid JSON.",
  }).content;

/** What is left of the arguments is not what the model meant: running them would write masks into files. */
export const maskedArguments = ({ input }: ToolCall): string =>
  failure("secret_in_arguments", {
    arguments: Object.keys(input).filter((key) => JSON.stringify(input[key]).includes(MASK)),
    suggestion:
      "These arguments held something that looks like a secret. It was masked before it was recorded, so nothing was run. Leave it out, or use a placeholder that looks like no real key.",
  }).content;

/** Stands behind a result: the call ran, and the model learns the form that will still run later. */
export const newForm = ({ schema }: ToolDefinition): string =>
  `\n[Your arguments had an older form, which will stop working. Use: ${Object.keys(schema["properties"] ?? {}).join(", ")}.]`;
