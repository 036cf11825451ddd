import { z } from "zod";
import { asJourneymanError } from "../core/errors.ts";
import type { ToolCall, ToolDefinition } from "../core/messages.ts";
import type { ToolContext } from "./context.ts";
import { failure, type ToolOutcome } from "./outcome.ts";
import { shorten } from "./shorten.ts";

/**
 * What a call does to the workspace. `none`: nothing, so it may run beside others and again after a crash; `edit`: it writes files;
 * `command`: it may do anything; `end`: nothing, and the conversation pauses when it is accepted.
 */
export type Effect = "none" | "edit" | "command" | "end";

export interface ToolSpec<Schema extends z.ZodType> {
  readonly name: string;
  /** Raised when the meaning of the input changes. */
  readonly version: number;
  readonly effect: Effect;
  readonly description: string;
  /** A strict object: the model is told `additionalProperties: false`, and told again when it adds some. */
  readonly input: Schema;
  /** Failures are outcomes. Throws `sandbox_lost` only. */
  readonly run: (input: z.infer<Schema>, context: ToolContext) => Promise<ToolOutcome>;
}

export interface Tool extends Pick<ToolSpec<z.ZodType>, "name" | "version" | "effect"> {
  readonly definition: ToolDefinition;
  readonly prepare: (call: ToolCall) => Prepared;
}

/** A call is ready to run, or answered at once because it cannot be run. */
export type Prepared =
  | { readonly kind: "ready"; readonly tool: Tool; readonly run: (context: ToolContext) => Promise<ToolOutcome> }
  | { readonly kind: "answered"; readonly content: string };

const answered = (content: string): Prepared => ({ kind: "answered", content });

const JsonObject = z.record(z.string(), z.json());

/** JSON Schema as vendors want it: draft-07, closed objects, no `$schema`. */
function jsonSchema(schema: z.ZodType): ToolDefinition["schema"] {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return JsonObject.parse(rest);
}

export function makeTool<Schema extends z.ZodType>(spec: ToolSpec<Schema>): Tool {
  const { name, version, effect, description } = spec;
  const definition = { name, description, schema: jsonSchema(spec.input) };
  const tool: Tool = {
    name,
    version,
    effect,
    definition,
    prepare: (call) => {
      const parsed = spec.input.safeParse(call.input);
      if (!parsed.success) return answered(badArguments(definition, parsed.error));
      return { kind: "ready", tool, run: (context) => runWhole(() => spec.run(parsed.data, context), context) };
    },
  };
  return tool;
}

/** Finds the tool and checks the arguments; never throws. */
export function prepareCall(tools: readonly Tool[], call: ToolCall): Prepared {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return answered(noSuchTool(tools));
  if (call.malformed !== undefined) return answered(notJson(call.malformed));
  return tool.prepare(call);
}

/** Runs and shortens. A fault of the tool itself is an outcome too, so that one bad call does not end a run. */
async function runWhole(run: () => Promise<ToolOutcome>, context: ToolContext): Promise<ToolOutcome> {
  try {
    const outcome = await run();
    return outcome.kind === "result" ? { ...outcome, content: await shorten(outcome.content, context) } : outcome;
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (error.code !== "internal" || context.signal.aborted) throw error;
    return failure("tool_failed", { suggestion: "The tool itself failed. Try another way." });
  }
}

const badArguments = (definition: ToolDefinition, error: z.ZodError): string =>
  failure("bad_arguments", {
    problems: error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)),
    schema: definition.schema,
    suggestion: "Nothing was run. Call again with arguments that fit the schema.",
  }).content;

const noSuchTool = (tools: readonly Tool[]): string =>
  failure("no_such_tool", { suggestion: `The tools are: ${tools.map(({ name }) => name).join(", ")}.` }).content;

const notJson = (raw: string): string =>
  failure("malformed_arguments", {
    received: raw.length > 600 ? `${raw.slice(0, 300)} … ${raw.slice(-300)}` : raw,
    suggestion: "These arguments were not valid JSON, so nothing was run. Call again with complete, valid JSON.",
  }).content;
