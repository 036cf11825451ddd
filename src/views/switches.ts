import { FORKED } from "../core/fork-facts.ts";
import type { RunState } from "../core/state.ts";
import { code, list } from "./frame.ts";

/** Where another model stood in, each case once; the empty text when none did. */
export function switchLines({ switches }: Pick<RunState, "switches">): string {
  const lines = switches.map(({ from, to, reason }) =>
    reason === FORKED
      ? `What ${code(from)} began went on with ${code(to)}, as was asked for.`
      : `Model ${code(from)} did not answer (${reason.replaceAll("_", " ")}), went on with ${code(to)}.`,
  );
  return list([...new Set(lines)]);
}
