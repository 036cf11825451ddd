import type { ToolCall } from "../core/messages.ts";
import { costOf, type MicroUsd } from "../core/money/money.ts";
import type { Model } from "../ports/model.ts";
import type { Prompts } from "../core/prompt-roles.ts";
import { promptedModel } from "./changed-roles.ts";
import type { ChosenModel } from "./chosen-models.ts";
import type { PrefixCase } from "./prefix-file.ts";
import { createRecordedModel } from "./recorded-model.ts";

export interface PrefixReport {
  readonly name: string;
  readonly description: string;
  readonly passed: boolean;
  readonly faults: readonly string[];
  readonly costMicroUsd: MicroUsd;
}

export interface Asking {
  readonly live: Model | null;
  readonly price: Model["price"];
  readonly prompts: Prompts;
  readonly chosenModel: ChosenModel;
  readonly signal: AbortSignal;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function inputFaults(call: ToolCall, wanted: PrefixCase["expect"]["input"]): string[] {
  return Object.entries(wanted).flatMap(([key, matcher]) => {
    const is = call.input[key];
    const fits =
      typeof matcher === "object" ? is !== undefined && new RegExp(matcher.matches).test(textOf(is)) : is === matcher;
    const says = typeof matcher === "object" ? `something like /${matcher.matches}/` : textOf(matcher);
    return fits
      ? []
      : [`${call.name}.${key} is ${is === undefined ? "absent" : textOf(is).slice(0, 200)}, not ${says}`];
  });
}

/** The call that fits best decides: a model may make several at once. */
function callFaults({ expect }: PrefixCase, calls: readonly ToolCall[]): string[] {
  const faults = calls.filter(({ name }) => name === expect.tool).map((call) => inputFaults(call, expect.input));
  const best = faults.toSorted((a, b) => a.length - b.length)[0];
  const called = calls.map(({ name }) => name).join(", ") || "no tool";
  return best ?? [`it called ${called}, not ${expect.tool}`];
}

/** Asks the one turn; nothing that the answer calls is run. */
export async function runPrefix(one: PrefixCase, asking: Asking): Promise<PrefixReport> {
  const { live, price, prompts, chosenModel, signal } = asking;
  const { name, description, script } = one;
  const model = promptedModel(live ?? createRecordedModel({ script, name: `prefixes/${name}`, price }), prompts);
  const { request } = one.stored;
  const outcome = await model.respond({ ...request, model: chosenModel ?? request.model }, signal);
  signal.throwIfAborted();
  if (outcome.kind === "failed")
    return { name, description, passed: false, faults: [`no answer: ${outcome.detail}`], costMicroUsd: 0 };
  const calls = outcome.message.content.filter((block) => block.type === "tool_call");
  const faults = callFaults(one, calls);
  const known = price(chosenModel ?? request.model);
  const costMicroUsd = known === null ? 0 : costOf(outcome.usage, known);
  return { name, description, passed: faults.length === 0, faults, costMicroUsd };
}
