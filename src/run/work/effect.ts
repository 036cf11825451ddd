import type { RunEvent } from "../../core/events.ts";
import { assertLease } from "../run-log.ts";
import { intentOf, isIntendedBare, keptText } from "../shown-text.ts";
import type { StageContext } from "../stage.ts";

/* A write to the repository, from its intent to what came of it. */

export interface Shown {
  readonly remoteId: string;
  readonly url: string;
}

/** A write of this stage; `text` is rendered at the intent, for those that show one. */
interface Effect {
  readonly kind: string;
  readonly text?: () => string;
  readonly act: (text: string) => Promise<Shown>;
}

/** Writes the intent down, unless it is, and gives the text that it names. */
async function* intend({ world, state }: StageContext, { kind, text }: Effect): AsyncGenerator<RunEvent, string> {
  const kept = await keptText(world, state(), kind);
  if (kept !== null) return kept;
  const rendered = text?.() ?? "";
  if (!isIntendedBare(state(), kind)) yield await intentOf(world, { key: kind, kind }, rendered);
  return rendered;
}

/**
 * Intent, effect, done. What is done is not done again; what was only intended is, because the effect finds what it did before. A run that
 * is being stopped begins no further effect.
 */
export async function* effect(context: StageContext, wanted: Effect): AsyncGenerator<RunEvent, Shown> {
  const { kind, act } = wanted;
  const before = context.state().effects[kind];
  if (before) return before;
  const text = yield* intend(context, wanted);
  context.signal.throwIfAborted();
  await assertLease(context.world, context.log);
  context.world.failpoint(`effect.before:${kind}`);
  const { remoteId, url } = await act(text);
  context.world.failpoint(`effect.after:${kind}`);
  yield { type: "effect.done", key: kind, kind, remoteId, url };
  return { remoteId, url };
}
