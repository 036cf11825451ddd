/** Who speaks to a model: one of the two shapes of wire that are known. */
export type Vendor = "anthropic" | "openai";

/** By the model's id: `anthropic/…` and `claude-…` are Anthropic's; `openai/…` and every other id go to the OpenAI shape. */
export const vendorOfModel = (model: string): Vendor =>
  /^(?:anthropic\/|claude-)/.test(model) ? "anthropic" : "openai";

/** The id as the vendor knows it: without our own prefix. */
export const wireName = (model: string): string => model.replace(/^(?:anthropic|openai)\//, "");

/** What marks a thought of another vendor than Anthropic, whose signatures hold no colon. */
const THOUGHT_PREFIX = /^([a-z]+):/;

/** A thought is proof for its own vendor only; every other refuses it, so each driver leaves out what is not its own. */
export const isThoughtOf = (vendor: Vendor, signature: string): boolean =>
  (THOUGHT_PREFIX.exec(signature)?.[1] ?? "anthropic") === vendor;
