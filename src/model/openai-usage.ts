import type { ModelRequest, Usage } from "../core/messages.ts";
import { tokenBound } from "../core/conversation/size.ts";
import type { Arriving } from "./arriving.ts";

/** The vendor counts what it read from the cache and wrote to it among the input; ours are apart. */
export function disjoint(counts: {
  readonly input: number;
  readonly cached: number | null | undefined;
  readonly written: number | null | undefined;
  readonly output: number;
}): Usage {
  const cacheRead = Math.min(counts.cached ?? 0, counts.input);
  const cacheWrite = Math.min(counts.written ?? 0, counts.input - cacheRead);
  return { input: counts.input - cacheRead - cacheWrite, cacheRead, cacheWrite, output: counts.output };
}

/** Usage comes with the last event only, so a broken answer is counted by its bytes, thoughts that came encrypted included. */
export function estimate(request: ModelRequest, { parts }: Arriving): Usage {
  const output = parts.size === 0 ? 0 : tokenBound(JSON.stringify([...parts.values()]));
  return { input: tokenBound(JSON.stringify(request)), cacheRead: 0, cacheWrite: 0, output };
}
