import type { Claim } from "../ports/journal.ts";
import type { World } from "./world.ts";

/**
 * Removes what earlier claims of a run left in sandboxes, as a worker does that died: it would hold its memory until the sweep comes by.
 * Nothing waits for it; what cannot be removed now, the sweep removes.
 */
export function clearEarlier({ sandbox }: Pick<World, "sandbox">, { run, epoch }: Claim): void {
  if (epoch > 1) sandbox.sweep((owner, of) => owner !== run || of >= epoch).catch(() => {});
}
