import { z } from "zod";
import type { ScriptRole } from "../core/prompt-roles.ts";

/*
 * What a recorded model says: answers of each role, one after the other. docs/evals.md describes the format for people.
 */

/** A call as one key, the tool's name, with its input. */
const Call = z
  .record(z.string(), z.record(z.string(), z.json()))
  .refine((call) => Object.keys(call).length === 1, "a call is one tool's name with its input");

const Answer = z.strictObject({
  thinking: z.string().optional(),
  text: z.string().optional(),
  calls: z.array(Call).default([]),
});
export type Answer = z.infer<typeof Answer>;

/** All that is given must hold of the request. */
const When = z.strictObject({
  system_includes: z.string().min(1).optional(),
  /** Of the first message. */
  task_includes: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
});
export type When = z.infer<typeof When>;

const Variant = z.strictObject({ when: When.default({}), answers: z.array(Answer).min(1) });
export type Variant = z.infer<typeof Variant>;

/** The first variant that fits a conversation answers in it. A list is one variant that fits all. */
const Said = z.preprocess(
  (given) => (Array.isArray(given) && given.every((one) => !isVariant(one)) ? [{ answers: given }] : given),
  z.array(Variant).min(1),
);

const isVariant = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("answers" in value || "when" in value);

const ROLES = {
  router: Said,
  explorer: Said,
  planner: Said,
  executor: Said,
  reviewer: Said,
  summariser: Said,
  adviser: Said,
  test_runner: Said,
  docs_reader: Said,
  code_reader: Said,
  page_reader: Said,
} satisfies Record<ScriptRole, unknown>;

export const Script = z.strictObject({ version: z.literal(1), roles: z.strictObject(ROLES).partial() });
export type Script = z.infer<typeof Script>;

type Input = z.infer<typeof Call>[string];

const submits = (input: Input): Variant[] => [{ when: {}, answers: [{ calls: [{ submit: input }] }] }];

/** What roles say of which a script says nothing: a bug of medium difficulty with nothing to explore, a review without findings. */
export const DEFAULT_ROLES: Readonly<Partial<Record<ScriptRole, readonly Variant[]>>> = {
  router: submits({
    kind: "bug",
    difficulty: "medium",
    reason: "Recorded default.",
    unclear: [],
    explore: [],
    skills: [],
  }),
  explorer: submits({ answer: "Recorded default: nothing found.", files: [], conventions: [], unknown: [] }),
  reviewer: submits({ summary: "Recorded default: the change does what the plan says.", findings: [] }),
  summariser: submits({ done: ["Recorded default."], files: [], decisions: [], failed: [], left: ["Go on."] }),
};
