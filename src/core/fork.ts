import { z } from "zod";
import { money } from "./fact-schema.ts";
import { RunId } from "./ids.ts";
import type { MicroUsd } from "./money/money.ts";
import { Settings } from "./settings/settings.ts";
import { Actor } from "./subject.ts";

/*
 * A fork: a run that begins with the facts of another one, up to and including fact `at`, and goes on by itself from there. What the facts
 * before cost was paid by the origin. `publish` false: it runs in a sandbox like any other, and GitHub is shown nothing of it.
 */
export const RunForked = z.object({
  origin: RunId,
  /** The last fact of the origin that was taken over. */
  at: z.int().nonnegative(),
  publish: z.boolean(),
  /** The stage that is begun anew; null when it goes on where the facts end. */
  from: z.string().nullable(),
  /** Asked instead of the models that the settings name, in every role; null leaves them. */
  model: z.string().nullable(),
  /** In place of the settings that the intake read; null leaves them. */
  settings: Settings.nullable(),
  /** System texts by role, in place of those of the program, for conversations that begin after the fork. */
  prompts: z.record(z.string(), z.string()),
  /** The ceiling that a person had set and that holds here too; null for that of the settings. */
  budgetMicroUsd: money.nullable(),
  by: Actor,
});
export type RunForked = z.infer<typeof RunForked>;

/** A fork in the state of its run. `index` is the place of its fact: what stands before it was the origin's. */
export interface Fork extends RunForked {
  readonly index: number;
  /** What the facts before the fork had cost the origin. */
  readonly inheritedMicroUsd: MicroUsd;
}

type Forked = { readonly fork: Fork | null };

/** Whether GitHub is shown nothing of this run. */
export const isSilent = ({ fork }: Forked): boolean => fork?.publish === false;

/** The number of facts that were taken over from another run; 0 for a run of its own. */
export const inherited = ({ fork }: Forked): number => fork?.index ?? 0;

/**
 * Somebody at a terminal of this server, by the name of their account there. No account of GitHub has the number 0: an approval by this
 * actor lets nothing be published there.
 */
export const terminalUser = (login: string): Actor => ({ id: 0, login, type: "User", viaApp: false });

export const isTerminalUser = ({ id }: Pick<Actor, "id">): boolean => id === 0;
