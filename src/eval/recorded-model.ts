import type { AssistantMessage, ModelRequest, ToolCall } from "../core/messages.ts";
import type { Model, ModelOutcome } from "../ports/model.ts";
import { createPrefixCache, tokensOf } from "./prefix-cache.ts";
import { roleOfSystem, type ScriptRole } from "../core/prompt-roles.ts";
import { type Answer, DEFAULT_ROLES, type Script, type Variant, type When } from "./script.ts";

/*
 * The Model port with its answers written down beforehand. An answer is a function of the request alone: role by the system text, place
 * by the number of answers that the request holds. So a run that is gone on with, or a stored request asked anew, gets the same answer.
 * Tokens and cache are reckoned, not measured; every answer's id says that it is recorded.
 */

export interface RecordedOptions {
  readonly script: Script;
  /** Where the script comes from, for sentences. */
  readonly name: string;
  readonly price: Model["price"];
}

/** Begins what is said when a script has nothing to say. */
export const OUT_OF_SCRIPT = "recorded script";

const textOfTask = ({ messages }: ModelRequest): string =>
  (messages[0]?.content ?? []).map((block) => (block.type === "text" ? block.text : "")).join("\n");

const fits = (when: When, request: ModelRequest): boolean =>
  (when.system_includes === undefined || request.system.includes(when.system_includes)) &&
  (when.task_includes === undefined || textOfTask(request).includes(when.task_includes)) &&
  (when.model === undefined || request.model === when.model);

const variantsOf = (script: Script, role: ScriptRole | null): readonly Variant[] =>
  role === null ? [] : (script.roles[role] ?? DEFAULT_ROLES[role] ?? []);

function messageOf({ thinking, text, calls }: Answer, turn: number): AssistantMessage {
  const toolCalls = calls.flatMap((call, place): ToolCall[] =>
    Object.entries(call).map(([name, input]) => ({
      type: "tool_call",
      id: `recorded_${turn}_${place + 1}`,
      name,
      input,
    })),
  );
  return {
    role: "assistant",
    content: [
      ...(thinking === undefined ? [] : [{ type: "thinking" as const, text: thinking, signature: "recorded" }]),
      ...(text === undefined ? [] : [{ type: "text" as const, text }]),
      ...toolCalls,
    ],
  };
}

const failed = (failure: "bad_request" | "cancelled", detail: string): ModelOutcome => ({
  kind: "failed",
  failure,
  detail,
  retryAfterMs: null,
  billed: null,
  durationMs: 0,
});

export function createRecordedModel({ script, name, price }: RecordedOptions): Model {
  const cache = createPrefixCache();
  const answer = (request: ModelRequest): Answer | string => {
    const role = roleOfSystem(request.system);
    const variant = variantsOf(script, role).find(({ when }) => fits(when, request));
    const turn = request.messages.filter((message) => message.role === "assistant").length;
    const said = variant?.answers[turn];
    const who = role ?? `the system text "${request.system.slice(0, 40)}"`;
    if (variant === undefined) return `${OUT_OF_SCRIPT} ${name} has nothing for ${who} that fits this request`;
    return (
      said ??
      `${OUT_OF_SCRIPT} ${name} has ${variant.answers.length} answer(s) for ${who}; number ${turn + 1} was asked for`
    );
  };
  return {
    respond: (request, signal) => {
      if (signal.aborted) return Promise.resolve(failed("cancelled", "cancelled"));
      const said = answer(request);
      if (typeof said === "string") return Promise.resolve(failed("bad_request", said));
      const turn = 1 + request.messages.filter((message) => message.role === "assistant").length;
      const message = messageOf(said, turn);
      return Promise.resolve({
        kind: "answered",
        message,
        stopReason: said.calls.length > 0 ? "tool_use" : "end_turn",
        usage: { ...cache.read(request), output: tokensOf(JSON.stringify(message.content)) },
        requestId: `recorded-${turn}`,
        durationMs: 0,
      });
    },
    price,
    standIn: () => null,
  };
}
