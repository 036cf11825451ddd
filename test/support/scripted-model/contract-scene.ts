import { afterEach, beforeEach, expect } from "vitest";
import type { Message } from "../../../src/core/messages.ts";
import type { Model, ModelOutcome } from "../../../src/ports/model.ts";
import { text } from "./answer.ts";
import { asking, resultsFor, user } from "./conversation.ts";
import type { Script } from "./script.ts";
import { startScriptedModel } from "./server.ts";
import type { ScriptedModel } from "./server.ts";

/* What every part of the model's contract suite stands on. */

/** What a driver under test is pointed at. Times in milliseconds. */
export interface Target {
  readonly url: string;
  readonly apiKey: string;
  readonly stallMs: number;
  readonly headerTimeoutMs: number;
  readonly turnTimeoutMs: number;
}
export type Make = (target: Target) => Model;

export const KEY = "sk-ant-scripted-0123456789abcdef";
export const TASK: readonly Message[] = [user("Mend the build.")];
export const never = new AbortController().signal;

type Answered = Extract<ModelOutcome, { kind: "answered" }>;

export function answered(outcome: ModelOutcome): Answered {
  if (outcome.kind === "failed") expect.fail(`${outcome.failure}: ${outcome.detail}`);
  return outcome;
}

export interface Scene {
  readonly server: () => ScriptedModel;
  /** A driver on the test's server. */
  readonly model: (more?: Partial<Target>) => Model;
  /** One request against a script. */
  readonly ask: (script: Script, more?: Partial<Target>) => Promise<ModelOutcome>;
  /** Goes on, answering every call, until the script has given `turns` answers. */
  readonly converse: (script: Script, turns: number) => Promise<Answered[]>;
}

/** A fresh server for each test of the file. */
export function scene(make: Make): Scene {
  let server: ScriptedModel;
  beforeEach(async () => void (server = await startScriptedModel({ script: [text("unused")], apiKey: KEY })));
  afterEach(() => server.close());

  const model = (more: Partial<Target> = {}) =>
    make({ url: server.url, apiKey: KEY, stallMs: 5_000, headerTimeoutMs: 5_000, turnTimeoutMs: 20_000, ...more });

  return {
    server: () => server,
    model,
    ask: (script, more) => {
      server.follow(script);
      return model(more).respond(asking(TASK), never);
    },
    converse: async (script, turns) => {
      server.follow(script);
      const asked = model();
      const messages = [...TASK];
      const outcomes: Answered[] = [];
      for (let turn = 0; turn < turns; turn += 1) {
        const outcome = answered(await asked.respond(asking(messages), never));
        const results = resultsFor(outcome.message, `turn ${turn}: ${"ok ".repeat(60)}`);
        messages.push(outcome.message, results.content.length > 0 ? results : user("Go on."));
        outcomes.push(outcome);
      }
      return outcomes;
    },
  };
}
