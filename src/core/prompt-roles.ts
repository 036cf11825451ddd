/** Other system texts for roles, to be tried out. */
export type Prompts = Readonly<Partial<Record<ScriptRole, string>>>;

/** Roles by the fixed words with which their system texts begin. */
const BEGINNINGS = {
  router: "You sort",
  explorer: "You explore",
  planner: "You plan",
  executor: "You carry out",
  reviewer: "You review",
  summariser: "You summarise",
  adviser: "You advise",
  test_runner: "You run tests",
  docs_reader: "You read documentation",
  code_reader: "You look over code",
  page_reader: "You read a web page",
} as const;

export type ScriptRole = keyof typeof BEGINNINGS;

export const SCRIPT_ROLES = Object.keys(BEGINNINGS) as readonly ScriptRole[];

export const beginningOf = (role: ScriptRole): string => BEGINNINGS[role];

/** The text that stands in place of this system text; the same one where none was given. */
export function promptFor(system: string, prompts: Readonly<Record<string, string | undefined>>): string {
  const role = roleOfSystem(system);
  return (role === null ? undefined : prompts[role]) ?? system;
}

/** Why a text cannot stand for a role's: roles are told by how their texts begin. Null when it can. */
export const promptProblem = (role: ScriptRole, text: string): string | null =>
  text.startsWith(beginningOf(role)) ? null : `must begin with "${beginningOf(role)}", as every ${role} text`;

/** Whose system text it is; null when it begins in no known way. */
export const roleOfSystem = (system: string): ScriptRole | null =>
  SCRIPT_ROLES.find((role) => system.startsWith(BEGINNINGS[role])) ?? null;
