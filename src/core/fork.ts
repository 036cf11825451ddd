import { z } from "zod";
import { RunId } from "./ids.ts";
import type { MicroUsd } from "./money/money.ts";
import { Settings } from "./settings/settings.ts";

/*
 * A fork: a run that begins with the facts of another one, up to and including fact `at`, and goes on by itself from there. What the facts
 * before cost was paid by the origin. `publish` false: it runs in a sandbox like any other, and GitHub is shown nothing of it.
 */
export const RunForked = z.object({
  origin: RunId,
  /** The last fact of the origin that was taken over. */
  at: z.int().nonnegative(),
  publish: z.boolean(),
  /** Asked instead of the models that the settings name, in every role; null leaves them. */
  model: z.string().nullable(),
  /** In place of the settings that the intake read; null leaves them. */
  settings: Settings.nullable(),
  /** System texts by role, in place of those of the program. */
  prompts: z.record(z.string(), z.string()),
});
export type RunForked = z.infer<typeof RunForked>;

/** A fork in the state of its run. `index` is the place of its fact: what stands before it was the origin's. */
export interface Fork extends RunForked {
  readonly index: number;
  /** What the facts before the fork had cost the origin. */
  readonly inheritedMicroUsd: MicroUsd;
}

/** Whether GitHub is shown nothing of this run. */
export const isSilent = ({ fork }: { readonly fork: Fork | null }): boolean => fork?.publish === false;
