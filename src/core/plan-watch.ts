import { readGrowing, type GrowingObject } from "./text/growing-json.ts";
import { isOtherLanguage, spokenIn, type Spoken } from "./text/language.ts";
import { plannedPathReasons } from "./change/policy.ts";

/*
 * Looks at a plan while it is written: what cannot be approved anyway need not be paid for to its end. Only what is certain ends it, for
 * a plan that is ended wrongly costs more than one that is read in vain.
 */

export interface PlanRules {
  /** From the settings: globs that a change may never touch. */
  readonly protectedGlobs: readonly string[];
  /** In which the people wrote who want the plan; it may be in any of them. Empty when none is certain. */
  readonly languages: readonly Spoken[];
}

/** The languages of texts, for as far as they are certain. One that is not leaves any language open. */
export function languagesOf(texts: readonly string[]): readonly Spoken[] {
  const spoken = texts.filter((text) => text.trim() !== "").map(spokenIn);
  return spoken.every((each) => each !== null) ? spoken : [];
}

/** What is wrong with a plan as far as it is written; completes "nothing of it counts: …". Null when nothing is. */
export function planFault(json: string, rules: PlanRules): string | null {
  const plan = readGrowing(json);
  return languageFault(plan, rules.languages) ?? pathFault(plan, rules.protectedGlobs);
}

const LOOKED_AT = ["title", "summary", "paths"];

/** Whether all that is looked at has been written, so that looking again is of no use. */
export const isPastWatching = (json: string): boolean => {
  const keys = [...readGrowing(json).keys()];
  return LOOKED_AT.every((key) => keys.slice(0, -1).includes(key));
};

function languageFault(plan: GrowingObject, languages: readonly Spoken[]): string | null {
  const [expected] = languages;
  if (expected === undefined) return null;
  const written = [plan.get("title"), plan.get("summary")].flatMap((texts) => texts ?? []);
  const spoken = spokenIn(written.map(({ text }) => text).join(" "));
  if (spoken === null || languages.some((language) => !isOtherLanguage(spoken, language))) return null;
  const names = [spoken, expected].map(({ language, script }) => language ?? `${script} script`);
  return `the plan was being written in ${names[0]}, and the people who read it wrote in ${names[1]}`;
}

/** Of a path that is still being written nothing is known yet. */
function pathFault(plan: GrowingObject, protectedGlobs: readonly string[]): string | null {
  const paths = (plan.get("paths") ?? []).filter(({ whole }) => whole).map(({ text }) => text);
  const reasons = paths.flatMap((path) => plannedPathReasons(path, protectedGlobs));
  return reasons.length === 0 ? null : `it would touch what may not be touched: ${reasons.join("; ")}`;
}
