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

/** Whose system text it is; null when it begins in no known way. */
export const roleOfSystem = (system: string): ScriptRole | null =>
  SCRIPT_ROLES.find((role) => system.startsWith(BEGINNINGS[role])) ?? null;
