import type { RunEvent } from "../../core/events.ts";
import { explore } from "../understanding/exploring.ts";
import { sortIssue } from "../understanding/routing.ts";
import type { StageContext } from "../stage.ts";
import { baseTree } from "../workspace.ts";

/** Has the issue sorted, then the code explored: what is known already is not found out again. */
export async function* understand(context: StageContext): AsyncGenerator<RunEvent, void> {
  const { state } = context;
  const base = await baseTree(context);
  if (state().routing === null) yield* sortIssue(context, base);
  if (state().routing !== null && state().exploration === null) yield* explore(context, base);
}
