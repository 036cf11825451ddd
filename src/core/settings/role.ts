import type { Effort } from "../messages.ts";
import type { Difficulty } from "../understanding/routing.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import type { RunState } from "../state.ts";

/*
 * Who does a piece of work: a role of the settings, its model, its effort, and the reason in words. Every conversation begins with such
 * a choice and writes its reason down.
 */

/** A role as the settings name it. */
export type RoleName = keyof Settings["models"];

export interface Chosen {
  readonly role: RoleName;
  readonly model: string;
  readonly effort: Effort;
  readonly reason: string;
}

const EXECUTORS = { easy: "executor_easy", medium: "executor", hard: "executor_hard" } as const satisfies Record<
  Difficulty,
  RoleName
>;

/** The role with what the settings give it. `why` is what led to it, a few words. */
export function roleFor(role: RoleName, settings: Settings, why: string): Chosen {
  const { model, effort } = settings.models[role];
  return { role, model, effort, reason: `${why} → ${role} ${model}/${effort}` };
}

type Known = Pick<RunState, "intake" | "routing" | "approval">;

/** Who carries the plan out: the difficulty says which role, a model that a person named in `/approve` stands. */
export function executorFor({ intake, routing, approval }: Known): Chosen {
  const difficulty = routing?.difficulty ?? "medium";
  const chosen = roleFor(EXECUTORS[difficulty], intake?.settings ?? DEFAULT_SETTINGS, `difficulty ${difficulty}`);
  const named = approval?.model ?? null;
  if (named === null) return chosen;
  const { role, effort } = chosen;
  return {
    role,
    model: named,
    effort,
    reason: `difficulty ${difficulty} → ${role}, ${named} named in /approve, effort ${effort}`,
  };
}

const LADDER: readonly RoleName[] = ["executor_easy", "executor", "executor_hard"];

/** The next executor up the ladder that is another model, or the same with more effort; null at its top. */
export function strongerThan(
  { role, model, effort }: { readonly role: string; readonly model: string; readonly effort: Effort },
  settings: Settings,
  why: string,
): Chosen | null {
  const place = LADDER.findIndex((name) => name === role);
  const other = LADDER.slice(place + 1).find((name) => {
    const given = settings.models[name];
    return place >= 0 && (given.model !== model || given.effort !== effort);
  });
  return other === undefined ? null : roleFor(other, settings, why);
}
