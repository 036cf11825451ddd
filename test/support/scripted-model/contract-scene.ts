import { afterEach, beforeEach, expect } from "vitest";
import type { Message, ModelRequest } from "../../../src/core/messages.ts";
import type { Model, ModelOutcome } from "../../../src/ports/model.ts";
import { text } from "./answer.ts";
import { asking, resultsFor, user } from "./conversation.ts";
import type { Script } from "./script.ts";
import type { ScriptedModel, ScriptedModelOptions } from "./server.ts";

/* What every part of the model's contract suite stands on. */

/** What a driver under test is pointed at. Times in milliseconds. */
export interface Target {
  readonly url: string;
  readonly apiKey: string;
  readonly stallMs: number;
  readonly headerTimeoutMs: number;
  readonly turnTimeoutMs: number;
}

/** Rules that not every wire can be held to. */
export type Rule =
  /** A thought is shown and travels back. */
  | "thoughts"
  /** An answer may pause, to be sent back as it is. */
  | "pauses"
  /** An answer may say that it has outgrown the model's window. */
  | "overflow"
  /** An answer that holds calls may have stopped for something else than them, and says so. */
  | "stops_despite_calls"
  /** A result may be marked as an error. */
  | "error_marks"
  /** The input's usage is told when the answer begins. */
  | "early_usage";

/** A driver with the scripted server it is held against. */
export interface Candidate {
  readonly name: string;
  readonly start: (options: ScriptedModelOptions) => Promise<ScriptedModel>;
  readonly make: (target: Target) => Model;
  /** One whose price is known. */
  readonly model: string;
  /** The cache counts in pieces of so many tokens. */
  readonly cacheGrain: number;
  /** Each with its reason. */
  readonly excluded: Readonly<Partial<Record<Rule, string>>>;
}

export const KEY = "sk-ant-scripted-0123456789abcdef";
export const TASK: readonly Message[] = [user("Mend the build.")];
export const never = new AbortController().signal;

type Answered = Extract<ModelOutcome, { kind: "answered" }>;

export function answered(outcome: ModelOutcome): Answered {
  if (outcome.kind === "failed") expect.fail(`${outcome.failure}: ${outcome.detail}`);
  return outcome;
}

export interface Scene {
  readonly candidate: Candidate;
  /** Whether the wire is held to this rule. */
  readonly has: (rule: Rule) => boolean;
  /** A request to the candidate's model. */
  readonly asking: (messages: readonly Message[]) => ModelRequest;
  readonly server: () => ScriptedModel;
  /** A driver on the test's server. */
  readonly model: (more?: Partial<Target>) => Model;
  /** One request against a script. */
  readonly ask: (script: Script, more?: Partial<Target>) => Promise<ModelOutcome>;
  /** Goes on, answering every call, until the script has given `turns` answers. */
  readonly converse: (script: Script, turns: number) => Promise<Answered[]>;
}

/** A fresh server for each test of the file. */
export function scene(candidate: Candidate): Scene {
  let server: ScriptedModel;
  beforeEach(async () => void (server = await candidate.start({ script: [text("unused")], apiKey: KEY })));
  afterEach(() => server.close());

  const model = (more: Partial<Target> = {}) =>
    candidate.make({
      url: server.url,
      apiKey: KEY,
      stallMs: 5_000,
      headerTimeoutMs: 5_000,
      turnTimeoutMs: 20_000,
      ...more,
    });

  const request = (messages: readonly Message[]) => asking(messages, { model: candidate.model });

  return {
    candidate,
    has: (rule) => candidate.excluded[rule] === undefined,
    asking: request,
    server: () => server,
    model,
    ask: (script, more) => {
      server.follow(script);
      return model(more).respond(request(TASK), never);
    },
    converse: async (script, turns) => {
      server.follow(script);
      const asked = model();
      const messages = [...TASK];
      const outcomes: Answered[] = [];
      for (let turn = 0; turn < turns; turn += 1) {
        const outcome = answered(await asked.respond(request(messages), never));
        const results = resultsFor(outcome.message, `turn ${turn}: ${"ok ".repeat(60)}`);
        messages.push(outcome.message, results.content.length > 0 ? results : user("Go on."));
        outcomes.push(outcome);
      }
      return outcomes;
    },
  };
}
