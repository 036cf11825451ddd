import { createHash } from "node:crypto";
import type { ModelRequest, Usage } from "../core/messages.ts";

/*
 * A vendor's prompt cache in small: what a request has in common with the beginning of an earlier one to the same model, message by
 * message, counts as read, the rest as written. Four characters count as one token. Nothing is ever forgotten.
 */

const CHARACTERS_PER_TOKEN = 4;

export const tokensOf = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

export interface PrefixCache {
  /** What the request costs in input; it is remembered. */
  read(request: ModelRequest): Omit<Usage, "output">;
}

export function createPrefixCache(): PrefixCache {
  const known = new Set<string>();
  return {
    read({ model, system, tools, messages }) {
      const parts = [`${model}\n${system}\n${JSON.stringify(tools)}`, ...messages.map((one) => JSON.stringify(one))];
      let prefix = "";
      let cacheRead = 0;
      let cacheWrite = 0;
      for (const part of parts) {
        prefix = createHash("sha256").update(prefix).update(part).digest("base64");
        if (known.has(prefix)) cacheRead += tokensOf(part);
        else cacheWrite += tokensOf(part);
        known.add(prefix);
      }
      return { input: 0, cacheRead, cacheWrite };
    },
  };
}
