import type { Response, ResponseOutputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { StopReason } from "../core/messages.ts";
import type { Arriving, Part } from "./arriving.ts";
import { signatureOf, textOf } from "./openai-thoughts.ts";
import { disjoint } from "./openai-usage.ts";

/*
 * Events of the Responses API. The sign of the end is `response.completed` or `response.incomplete`. A part's key is the place of its
 * item, and for texts the place within it. What an event of the kind `done` says replaces what its pieces gave.
 */

/** Takes the next event in. An event of an unknown type is passed over. */
export function takeEvent(answer: Arriving, event: ResponseStreamEvent): void {
  switch (event.type) {
    case "response.output_item.added":
    case "response.output_item.done":
      return takeItem(answer, String(event.output_index), event.item);
    case "response.output_text.delta":
      textAt(answer, event).text += event.delta;
      return;
    case "response.output_text.done":
      textAt(answer, event).text = event.text;
      return;
    case "response.refusal.delta":
      textAt(answer, event).text += event.delta;
      answer.stop = "refusal";
      return;
    case "response.function_call_arguments.delta": {
      const part = answer.parts.get(String(event.output_index));
      if (part?.type === "tool_call") part.json += event.delta;
      return;
    }
    case "response.completed":
    case "response.incomplete":
      return finish(answer, event.response);
    case "response.failed":
      answer.error = event.response.error?.code ?? "unknown";
      takeUsage(answer, event.response);
      return;
    case "error":
      answer.error = event.code ?? "unknown";
      return;
    default:
      return;
  }
}

function takeItem(answer: Arriving, key: string, item: ResponseOutputItem): void {
  const before = answer.parts.get(key);
  if (item.type === "function_call") {
    const json = item.arguments !== "" || before?.type !== "tool_call" ? item.arguments : before.json;
    set(answer, key, { type: "tool_call", id: item.call_id, name: item.name, given: null, json });
  } else if (item.type === "reasoning") {
    set(answer, key, { type: "thinking", text: textOf(item), signature: signatureOf(item), redacted: false });
  }
}

/** A key that is there already keeps its place in the order. */
const set = (answer: Arriving, key: string, part: Part): void => void answer.parts.set(key, part);

function textAt(
  answer: Arriving,
  place: { readonly output_index: number; readonly content_index: number },
): Extract<Part, { type: "text" }> {
  const key = `${place.output_index}.${place.content_index}`;
  const before = answer.parts.get(key);
  if (before?.type === "text") return before;
  const part: Part = { type: "text", text: "" };
  answer.parts.set(key, part);
  return part;
}

function finish(answer: Arriving, response: Response): void {
  answer.id = response.id;
  takeUsage(answer, response);
  answer.stop = answer.stop ?? stopOf(answer, response);
  answer.whole = true;
}

const INCOMPLETE: ReadonlyMap<string | undefined, StopReason> = new Map([
  ["max_output_tokens", "max_tokens"],
  ["content_filter", "refusal"],
]);

/** The wire has no word for an answer that stopped for its tools: a completed one with calls has. */
function stopOf({ parts }: Arriving, { status, incomplete_details: details }: Response): Arriving["stop"] {
  if (status === "incomplete" || (details?.reason ?? null) !== null)
    return INCOMPLETE.get(details?.reason) ?? "unknown";
  return [...parts.values()].some(({ type }) => type === "tool_call") ? "tool_use" : "end_turn";
}

function takeUsage(answer: Arriving, { usage }: Response): void {
  if (usage === undefined || usage === null) return;
  const { cached_tokens: cached, cache_write_tokens: written } = usage.input_tokens_details ?? {};
  answer.usage = disjoint({ input: usage.input_tokens, cached, written, output: usage.output_tokens });
}
