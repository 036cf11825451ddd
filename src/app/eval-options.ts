import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { type Prompts, SCRIPT_ROLES, type ScriptRole } from "../core/prompt-roles.ts";
import { promptFault } from "../eval/changed-roles.ts";
import { evalsInvalid } from "../eval/yaml-file.ts";

/** As commander gives them. */
export interface EvalFlags {
  readonly live?: boolean;
  readonly model?: string;
  readonly prompt?: readonly string[];
  readonly only?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly jobs?: string;
  readonly journals?: string;
  readonly backtest?: boolean;
  readonly script?: string;
  readonly import?: string;
  readonly out?: string;
  readonly repos?: string;
}

/** What an evaluation or a back-test showed, ready to be printed and kept. */
export interface Shown {
  readonly lines: string;
  readonly markdown: string;
  readonly json: object;
  /** Nothing failed, no ceiling was passed, every turn was answered. */
  readonly ok: boolean;
}

export const invalid = (option: string, expected: string, given: string): JourneymanError =>
  new JourneymanError("option_invalid", { option, expected, given });

const MAX_JOBS = 16;

/** @throws option_invalid */
export function jobsOf(given = "2"): number {
  const jobs = /^\d{1,2}$/.test(given) ? Number(given) : 0;
  if (jobs < 1 || jobs > MAX_JOBS) throw invalid("--jobs", `a whole number from 1 to ${MAX_JOBS}`, given);
  return jobs;
}

/** A file that cannot be read, or whose text cannot stand for the role's. */
export type PromptFault = (sentence: string) => JourneymanError;

const isRole = (name: string): name is ScriptRole => SCRIPT_ROLES.some((role) => role === name);

/** Texts from `ROLE=FILE`. @throws option_invalid, and what `fault` makes */
export function promptsOf(given: readonly string[] = [], fault: PromptFault = (one) => evalsInvalid([one])): Prompts {
  const prompts: Partial<Record<ScriptRole, string>> = {};
  for (const pair of given) {
    const [, role = "", path = ""] = /^(\w+)=(.+)$/s.exec(pair) ?? [];
    if (!isRole(role)) throw invalid("--prompt", `ROLE=FILE with one of ${SCRIPT_ROLES.join(", ")}`, pair);
    prompts[role] = promptIn(role, path, fault);
  }
  return prompts;
}

function promptIn(role: ScriptRole, path: string, faultOf: PromptFault): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trimEnd();
  } catch {
    throw faultOf(`${path} is not there or cannot be read`);
  }
  const fault = promptFault(role, text, basename(path));
  if (fault !== null) throw faultOf(fault);
  return text;
}
