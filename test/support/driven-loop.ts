import { beginConversation, type Conversation } from "../../src/core/conversation/conversation.ts";
import { evolveConversation } from "../../src/core/conversation/conversation-fold.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import { wouldPass } from "../../src/core/money/limits.ts";
import { converse } from "../../src/agent/loop.ts";
import type { LoopEnd, LoopLimits, LoopOptions } from "../../src/agent/options.ts";
import { EXECUTOR_TOOLS } from "../../src/agent/toolsets.ts";
import type { Model } from "../../src/ports/model.ts";
import type { Workspace } from "../../src/ports/sandbox.ts";
import type { Tool } from "../../src/tools/tool.ts";

export const STARTED: EventOf<"conversation.started"> = {
  type: "conversation.started",
  conversation: "implement.1",
  role: "executor",
  model: "scripted-1",
  effort: "medium",
  system: "You work.",
  tools: EXECUTOR_TOOLS.map(({ definition }) => definition),
  message: { role: "user", content: [{ type: "text", text: "Do it." }] },
};

export interface Driven {
  readonly facts: RunEvent[];
  readonly conversation: Conversation;
  readonly end: LoopEnd | null;
  readonly error: JourneymanError | null;
  /** What the loop slept, in milliseconds. */
  readonly sleeps: number[];
}

export interface DriveOptions extends Pick<LoopOptions, "delegate" | "skills" | "web"> {
  readonly model: Model;
  readonly workspace: Workspace;
  readonly tools?: readonly Tool[];
  readonly limits?: Partial<LoopLimits>;
  /** Facts that are there already, after `started`. */
  readonly history?: readonly RunEvent[];
  readonly started?: EventOf<"conversation.started">;
  readonly signal?: AbortSignal;
  readonly ceiling?: number;
  readonly spent?: (facts: readonly RunEvent[]) => number;
  readonly workedMs?: number;
  readonly stageWorkedMs?: number;
  readonly onFact?: (fact: RunEvent) => void;
  readonly checkpoints?: boolean;
  readonly watch?: LoopOptions["watch"];
  /** Why a fact may not be appended; null when it may. */
  readonly refuse?: (fact: RunEvent) => JourneymanError | null;
  readonly othersAsk?: () => boolean;
}

const LIMITS: LoopLimits = {
  turns: 50,
  workMs: 3_600_000,
  stageMs: 3_600_000,
  commandMs: 20_000,
  memoryMb: 512,
  maxOutputTokens: 8_000,
};

const billed = (facts: readonly RunEvent[]): number =>
  facts.reduce((sum, fact) => sum + ("costMicroUsd" in fact ? fact.costMicroUsd : 0), 0);

/** Drives the loop as the run layer does: folds each fact before the generator goes on. Saves a checkpoint after every turn that wrote. */
export async function drive(options: DriveOptions): Promise<Driven> {
  const facts: RunEvent[] = [...(options.history ?? [])];
  let conversation = facts.reduce(evolveConversation, beginConversation(options.started ?? STARTED));
  const sleeps: number[] = [];
  const signal = options.signal ?? new AbortController().signal;
  const loop = converse({
    stage: "implement",
    current: () => conversation,
    model: options.model,
    workspace: options.workspace,
    tools: options.tools ?? EXECUTOR_TOOLS,
    clock: { now: () => Date.now(), sleep: async (ms) => void sleeps.push(ms) },
    signal,
    limits: { ...LIMITS, ...options.limits },
    budget: {
      spent: () => (options.spent ?? billed)(facts),
      ceiling: () => options.ceiling ?? 100_000_000,
      warned: () => facts.some(({ type }) => type === "limit.warned"),
      hold: async (needed) => {
        const spent = (options.spent ?? billed)(facts);
        if (!wouldPass(spent, needed, options.ceiling ?? 100_000_000)) return () => {};
        throw new JourneymanError("budget_exhausted", { spent, needed });
      },
      othersAsk: options.othersAsk ?? (() => false),
    },
    workedMs: () => options.workedMs ?? 0,
    stageWorkedMs: () => options.stageWorkedMs ?? 0,
    random: () => 0,
    ...(options.watch !== undefined && { watch: options.watch }),
    ...(options.delegate && { delegate: options.delegate }),
    ...(options.skills && { skills: options.skills }),
    ...(options.web && { web: options.web }),
    afterTools: async function* (turn, wrote) {
      if (!wrote || options.checkpoints === false) return;
      yield { type: "checkpoint.saved", conversation: conversation.id, turn, changes: [], refused: [], ignored: 0 };
    },
  } satisfies LoopOptions);
  try {
    for (let refused: JourneymanError | null = null; ;) {
      const step: IteratorResult<RunEvent, LoopEnd> = await (refused === null ? loop.next() : loop.throw(refused));
      if (step.done === true) return { facts, conversation, end: step.value, error: null, sleeps };
      refused = options.refuse?.(step.value) ?? null;
      if (refused !== null) continue;
      facts.push(step.value);
      conversation = evolveConversation(conversation, step.value);
      options.onFact?.(step.value);
    }
  } catch (thrown) {
    if (!(thrown instanceof JourneymanError)) throw thrown;
    return { facts, conversation, end: null, error: thrown, sleeps };
  }
}

/** The facts of one type. */
export const only = <T extends RunEvent["type"]>(facts: readonly RunEvent[], type: T): EventOf<T>[] =>
  facts.filter((fact): fact is EventOf<T> => fact.type === type);

/** Results as the model got them, by call id. */
export const resultsOf = (facts: readonly RunEvent[]): Record<string, string> =>
  Object.fromEntries(only(facts, "tool.returned").map(({ callId, content }) => [callId, content]));
