import { z } from "zod";
import { asJourneymanError } from "../core/errors.ts";
import type { ToolCall, ToolDefinition } from "../core/messages.ts";
import type { ToolContext } from "./context.ts";
import { fit, type Earlier } from "./earlier.ts";
import { failure, type Result, type ToolOutcome } from "./outcome.ts";
import { badArguments, maskedArguments, newForm, noSuchTool, notJson } from "./refusals.ts";
import { shorten } from "./shorten.ts";

/**
 * What a call does to the workspace. `none`: nothing, so it may run beside others and again after a crash; `edit`: it writes files;
 * `command`: it may do anything; `end`: nothing, and the conversation pauses when it is accepted.
 */
export type Effect = "none" | "edit" | "command" | "end";

export interface ToolSpec<Schema extends z.ZodType> {
  readonly name: string;
  /** Raised when the form or the meaning of the input changes; the form before goes into `earlier`. */
  readonly version: number;
  /** The most that a call can do. */
  readonly effect: Effect;
  /** What a call with this input does, where that is less. */
  readonly effectOf?: (input: z.infer<Schema>) => Effect;
  readonly description: string;
  /** A strict object: the model is told `additionalProperties: false`, and told again when it adds some. */
  readonly input: Schema;
  /** Forms that still run: a run that began with an older version, and a model that knows the tool by another form, go on. */
  readonly earlier?: readonly Earlier[];
  /** Successful calls in one conversation, where they are bounded. */
  readonly perConversation?: number;
  /** Calls at the same time, where that is bounded although they only read. */
  readonly atOnce?: number;
  /** Failures are outcomes. Throws `sandbox_lost` only. */
  readonly run: (input: z.infer<Schema>, context: ToolContext) => Promise<ToolOutcome>;
}

export interface Tool extends Pick<ToolSpec<z.ZodType>, "name" | "version" | "effect" | "perConversation" | "atOnce"> {
  readonly definition: ToolDefinition;
  readonly prepare: (call: ToolCall) => Prepared;
  /** As `prepare` says, for a call of the past. */
  readonly effectOf: (call: ToolCall) => Effect;
}

/** A call is ready to run, or answered at once because it cannot be run. */
export type Prepared =
  | {
      readonly kind: "ready";
      readonly tool: Tool;
      readonly effect: Effect;
      readonly run: (context: ToolContext) => Promise<ToolOutcome>;
      /** Gives a result that came by a wish the form that all results have; those of `run` have it. */
      readonly finish: (result: Result, context: ToolContext) => Promise<Result>;
    }
  | { readonly kind: "answered"; readonly content: string };

const answered = (content: string): Prepared => ({ kind: "answered", content });

const JsonObject = z.record(z.string(), z.json());

/** Bounds that no sensible call comes near. They are told with the refusal of one that does, and not with every request. */
const UNTOLD = ["minLength", "maxLength", "minItems", "default"] as const;

/** JSON Schema as vendors want it: draft-07, closed objects, no `$schema`. */
function jsonSchema(schema: z.ZodType): ToolDefinition["schema"] {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema: part }) => UNTOLD.forEach((bound) => Reflect.deleteProperty(part, bound)),
  });
  return JsonObject.parse(rest);
}

export function makeTool<Schema extends z.ZodType>(spec: ToolSpec<Schema>): Tool {
  const { name, version, effect, description, perConversation, atOnce } = spec;
  let told: ToolDefinition | null = null;
  /** Worked out when a conversation first needs it: no program uses every tool. */
  const definition = (): ToolDefinition => (told ??= { name, description, schema: jsonSchema(spec.input) });
  const effectOf = (input: z.infer<Schema>): Effect => spec.effectOf?.(input) ?? effect;
  const tool: Tool = {
    name,
    version,
    effect,
    get definition() {
      return definition();
    },
    ...(perConversation !== undefined && { perConversation }),
    ...(atOnce !== undefined && { atOnce }),
    effectOf: (call) => {
      if (spec.effectOf === undefined) return effect;
      const fitted = fit(spec, call.input);
      return fitted.kind === "fits" ? effectOf(fitted.input) : effect;
    },
    prepare: (call) => {
      const fitted = fit(spec, call.input);
      if (fitted.kind === "misfit") return answered(badArguments(definition(), fitted.error));
      const { input } = fitted;
      const notice = fitted.version === version ? "" : newForm(definition());
      const finish = async (result: Result, context: ToolContext): Promise<Result> => ({
        ...result,
        content: (await shorten(result.content, context)) + notice,
      });
      const run = (context: ToolContext) => runWhole(() => spec.run(input, context), { context, finish });
      return { kind: "ready", tool, effect: effectOf(input), run, finish };
    },
  };
  return tool;
}

/** Finds the tool and checks the arguments; never throws. */
export function prepareCall(tools: readonly Tool[], call: ToolCall): Prepared {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return answered(noSuchTool(tools.map(({ name }) => name)));
  if (call.redacted === true) return answered(maskedArguments(call));
  if (call.malformed !== undefined) return answered(notJson(call.malformed));
  return tool.prepare(call);
}

interface Whole {
  readonly context: ToolContext;
  readonly finish: (result: Result, context: ToolContext) => Promise<Result>;
}

/** Runs and shortens. A fault of the tool itself is an outcome too, so that one bad call does not end a run. */
async function runWhole(run: () => Promise<ToolOutcome>, { context, finish }: Whole): Promise<ToolOutcome> {
  try {
    const outcome = await run();
    return outcome.kind === "result" ? await finish(outcome, context) : outcome;
  } catch (thrown) {
    const error = asJourneymanError(thrown);
    if (error.code !== "internal" || context.signal.aborted) throw error;
    return failure("tool_failed", { suggestion: "The tool itself failed. Try another way." });
  }
}
