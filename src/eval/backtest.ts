import { canonicalJson } from "../core/digest.ts";
import type { ToolCall } from "../core/messages.ts";
import { costOf, type MicroUsd } from "../core/money/money.ts";
import { withPrompt } from "./changed-roles.ts";
import type { Asking } from "./prefix-run.ts";
import { roleOfSystem } from "../core/prompt-roles.ts";
import type { StoredTurn } from "./stored-requests.ts";
import type { StoredRun } from "./stored-run.ts";
import type { Model } from "../ports/model.ts";

/*
 * Every turn of stored conversations asked anew, each with the very beginning that it had then, under another model or system text. One
 * turn at a time: nothing that an answer calls is run, so the answers do not lead away from what is stored.
 */

/** `same`: equal calls; `same_target`: the same tools on the same files or commands, other details; `same_tool`; `different`. */
export type Likeness = "same" | "same_target" | "same_tool" | "different" | "no_answer";

export interface TurnReport {
  readonly run: string;
  readonly conversation: string;
  readonly role: string;
  readonly turn: number;
  readonly likeness: Likeness;
  readonly before: string;
  readonly after: string;
  readonly costBefore: MicroUsd;
  readonly costAfter: MicroUsd;
}

type Calls = readonly ToolCall[];

const callsIn = (content: readonly { readonly type: string }[]): Calls =>
  content.filter((block): block is ToolCall => block.type === "tool_call");

/** What a call is about: the file, the command, the pattern. */
const targetOf = ({ input }: ToolCall): string =>
  canonicalJson(input["path"] ?? input["command"] ?? input["pattern"] ?? input["url"] ?? input["name"] ?? null);

const each = (calls: Calls, of: (call: ToolCall) => string): string => calls.map(of).toSorted().join("\n");

function likenessOf(before: Calls, after: Calls): Likeness {
  const isSame = (of: (call: ToolCall) => string): boolean => each(before, of) === each(after, of);
  if (isSame(({ name, input }) => `${name} ${canonicalJson(input)}`)) return "same";
  if (isSame((call) => `${call.name} ${targetOf(call)}`)) return "same_target";
  return isSame(({ name }) => name) ? "same_tool" : "different";
}

const MAX_TARGET = 60;

/** The calls in a few words. */
const shown = (calls: Calls): string =>
  calls
    .map((call) => {
      const target = targetOf(call);
      return target === "null" ? call.name : `${call.name} ${target.slice(0, MAX_TARGET)}`;
    })
    .join(", ") || "text only";

async function askAnew(
  run: string,
  stored: StoredTurn,
  asking: Asking & { readonly model: Model },
): Promise<TurnReport> {
  const { model, prompts, chosenModel, price, signal } = asking;
  const { conversation, turn, request, answer } = stored;
  const anew = { ...withPrompt(request, prompts), model: chosenModel ?? request.model };
  const outcome = await model.respond(anew, signal);
  signal.throwIfAborted();
  const before = callsIn(answer.message.content);
  const role = roleOfSystem(request.system) ?? "unknown";
  const known = { run, conversation, role, turn, before: shown(before), costBefore: answer.costMicroUsd };
  if (outcome.kind === "failed") return { ...known, likeness: "no_answer", after: outcome.detail, costAfter: 0 };
  const after = callsIn(outcome.message.content);
  const priceNow = price(anew.model);
  const costAfter = priceNow === null ? 0 : costOf(outcome.usage, priceNow);
  return { ...known, likeness: likenessOf(before, after), after: shown(after), costAfter };
}

/** In the order of the runs and their turns. Throws only when stopped. */
export async function backtest(
  runs: readonly StoredRun[],
  asking: Asking & { readonly model: Model },
): Promise<TurnReport[]> {
  const reports: TurnReport[] = [];
  for (const { name, turns } of runs) for (const turn of turns) reports.push(await askAnew(name, turn, asking));
  return reports;
}
