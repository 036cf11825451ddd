import { MINIMUM_TOKENS, prefixesOf, type PromptCache } from "../scripted-model/cache.ts";

/** Tokens that the vendor caches in one piece. */
export const GRAIN = 128;

/*
 * The vendor's prompt cache, which asks for no marks: from 1,024 tokens on every beginning of a request is stored, in steps of 128
 * tokens, and the longest one that is known is read. Nothing expires.
 */
export function createPrefixCache(): PromptCache {
  const stored = new Set<string>();
  return {
    account: (request) => {
      const prefixes = prefixesOf(request);
      const total = prefixes.at(-1)?.tokens ?? 0;
      if (total < MINIMUM_TOKENS) return { input: total, cacheRead: 0, cacheWrite: 0 };
      const known = prefixes.findLast(({ key }) => stored.has(key))?.tokens ?? 0;
      for (const { key } of prefixes) stored.add(key);
      const cacheRead = known < MINIMUM_TOKENS ? 0 : known - (known % GRAIN);
      const upTo = Math.max(cacheRead, total - (total % GRAIN));
      return { input: total - upTo, cacheRead, cacheWrite: upTo - cacheRead };
    },
  };
}
