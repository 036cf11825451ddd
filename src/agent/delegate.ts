import type { RunEvent } from "../core/events.ts";
import type { ToolCall } from "../core/messages.ts";
import type { Result } from "../tools/outcome.ts";
import type { Wish } from "../tools/wish.ts";

/**
 * Yields the facts of the sub-conversation that finds the result out, and returns it. Ends soon when `signal` fires; then its result
 * does not count. Throws what shall end the run; anything else that goes wrong is a result with `isError`.
 */
export type Delegate = (call: ToolCall, wish: Wish, signal: AbortSignal) => AsyncGenerator<RunEvent, Result>;
