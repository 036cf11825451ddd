import type { Message, ModelRequest } from "../../../src/core/messages.ts";
import { Script } from "../../../src/eval/script.ts";
import { priceBy, PRICES } from "../../../src/model/prices.ts";

/* What a recorded model is asked in tests. */

export const price = priceBy(PRICES);
export const never = new AbortController().signal;

export const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] });

export const asked = (system: string, messages: readonly Message[], model = "claude-sonnet-5"): ModelRequest => ({
  model,
  effort: "low",
  system,
  tools: [],
  messages,
  maxOutputTokens: 1_000,
});

export const scripted = (roles: unknown): Script => Script.parse({ version: 1, roles });

export const calls = (...names: string[]) => ({ calls: names.map((name) => ({ [name]: {} })) });
