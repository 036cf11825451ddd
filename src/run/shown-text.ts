import { asJourneymanError } from "../core/errors.ts";
import type { RunState } from "../core/state.ts";
import type { World } from "./world.ts";

/*
 * The texts that people are shown, as artifacts. A text is rendered once, from the facts before its intent, and kept before the intent is
 * written; whoever does the effect, now or after a crash, in this release or a later one, posts what was kept.
 */

type Store = Pick<World, "artifacts">;

/** The fact that an effect is about to be done; `text` is the empty text where it shows none. */
export async function intentOf({ artifacts }: Store, { key, kind }: { key: string; kind: string }, text: string) {
  const digest = text === "" ? undefined : await artifacts.put(new TextEncoder().encode(text));
  return { type: "effect.intended", key, kind, ...(digest !== undefined && { digest }) } as const;
}

/** What was kept for an effect; null when its intent names no text, or the text is gone. Throws `storage_unavailable`. */
export async function keptText({ artifacts }: Store, state: RunState, key: string): Promise<string | null> {
  const digest = state.texts[key];
  if (digest === undefined) return null;
  try {
    return new TextDecoder().decode(await artifacts.get(digest));
  } catch (thrown) {
    if (asJourneymanError(thrown).code === "artifact_missing") return null;
    throw thrown;
  }
}

/** Whether an older release intended it, without a text: then it is done with what is rendered now. */
export const isIntendedBare = ({ effects, texts }: RunState, key: string): boolean =>
  effects[key] === null && texts[key] === undefined;
