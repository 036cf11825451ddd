import { createHash } from "node:crypto";
import type { WireRequest } from "./request.ts";

/*
 * The vendor's prompt cache, in tokens of four characters.
 *
 * 1. A request is one sequence of blocks: tools, system text, messages. A prefix is stored only where a block is marked, and only
 *    from 1,024 tokens on. Prefixes belong to one model.
 * 2. A mark finds a stored prefix that ends at its own block or at one of the 19 before it. The longest one found is read.
 * 3. All from there to the last mark is written; the rest is plain input. Nothing expires.
 */

export const MINIMUM_TOKENS = 1024;
const LOOK_BACK_BLOCKS = 20;

export interface InputTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface PromptCache {
  /** Counts a request's input, and stores what its marks ask for. */
  account(request: WireRequest): InputTokens;
}

export interface Prefix {
  readonly key: string;
  readonly tokens: number;
  readonly marked: boolean;
}

export function createPromptCache(): PromptCache {
  const stored = new Set<string>();
  return {
    account: (request) => {
      const prefixes = prefixesOf(request);
      const total = prefixes.at(-1)?.tokens ?? 0;
      const marks = prefixes.flatMap((prefix, at) => (prefix.marked && prefix.tokens >= MINIMUM_TOKENS ? [at] : []));
      const cacheRead = Math.max(0, ...marks.map((at) => longestStored(prefixes.slice(0, at + 1), stored)));
      const upTo = Math.max(cacheRead, ...marks.map((at) => prefixes[at]?.tokens ?? 0));
      for (const at of marks) stored.add(prefixes[at]?.key ?? "");
      return { input: total - upTo, cacheRead, cacheWrite: upTo - cacheRead };
    },
  };
}

/** Tokens of the whole request. */
export const tokensOf = (request: WireRequest): number => prefixesOf(request).at(-1)?.tokens ?? 0;

function longestStored(prefixes: readonly Prefix[], stored: ReadonlySet<string>): number {
  return prefixes.slice(-LOOK_BACK_BLOCKS).findLast((prefix) => stored.has(prefix.key))?.tokens ?? 0;
}

/** The request's beginnings, each one block longer than the one before. */
export function prefixesOf(request: WireRequest): Prefix[] {
  const blocks: { marked: boolean; text: string }[] = [
    ...request.tools.map((tool) => blockOf("tool", tool)),
    ...request.system.map((block) => blockOf("system", block)),
    ...request.messages.flatMap((message) => message.content.map((block) => blockOf(message.role, block))),
  ];
  const hash = createHash("sha256").update(request.model);
  let characters = 0;
  return blocks.map(({ marked, text }) => {
    characters += text.length;
    hash.update(`\0${text}`);
    return { key: hash.copy().digest("hex"), tokens: Math.ceil(characters / 4), marked };
  });
}

function blockOf(place: string, block: Readonly<Record<string, unknown>>): { marked: boolean; text: string } {
  const { cache_control: mark, ...rest } = block;
  return { marked: mark !== undefined && mark !== null, text: `${place}${JSON.stringify(rest)}` };
}
