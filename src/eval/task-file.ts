import { z } from "zod";
import type { ScriptRole } from "../core/prompt-roles.ts";

/*
 * `task.yml` of a golden task. Paths are relative to the task's directory, which the run never sees.
 */

const path = z
  .string()
  .min(1)
  .refine((given) => !given.split("/").includes(".."), "must stay inside the task's directory");

const Decision = z.union([
  z.literal("approve"),
  z.strictObject({ revise: z.string().min(1) }),
  z.strictObject({ reject: z.string() }),
]);

const Hidden = z
  .strictObject({
    /** Files that are put over the result. */
    directory: path.optional(),
    /** A unified diff that is applied to the base; its files are put over the result. */
    patch: path.optional(),
    command: z.string().min(1).max(2000),
    minutes: z.int().min(1).max(60).default(2),
    /** Ids that must fail on the base and not on the result; without it the exit code decides. */
    fail_to_pass: z.array(z.string()).default([]),
    /** Ids that may fail on neither. */
    pass_to_pass: z.array(z.string()).default([]),
  })
  .refine(({ directory, patch }) => (directory === undefined) !== (patch === undefined), {
    message: "takes either `directory` or `patch`",
  });

const ENDS = ["pull_request", "draft", "failed", "rejected", "refused", "asked", "undecided", "held_up"] as const;

const toolOrder = z.array(z.string().min(1)).min(1);
const TOOLS = {
  router: toolOrder,
  explorer: toolOrder,
  planner: toolOrder,
  executor: toolOrder,
  reviewer: toolOrder,
  summariser: toolOrder,
  adviser: toolOrder,
  test_runner: toolOrder,
  docs_reader: toolOrder,
  code_reader: toolOrder,
  page_reader: toolOrder,
} satisfies Record<ScriptRole, unknown>;

const Expect = z.strictObject({
  end: z.enum(ENDS).default("pull_request"),
  kind: z.enum(["bug", "feature", "docs", "question", "not_for_us"]).optional(),
  difficulty: z.enum(["easy", "medium", "hard"]).optional(),
  /** By role: these tools in this order, others between them. */
  tools: z.strictObject(TOOLS).partial().default({}),
  /** Exactly these files differ from the base in the end. */
  paths: z.array(z.string().min(1)).optional(),
  /** Types of facts that the journal must hold. */
  facts: z.array(z.string().min(1)).default([]),
  /** Must stand in one of the questions. */
  question: z.string().min(1).optional(),
});
export type Expect = z.infer<typeof Expect>;

export const TaskFile = z
  .strictObject({
    description: z.string().min(1).max(500),
    language: z.string().min(1).max(40),
    issue: path.default("issue.md"),
    /** A directory whose files are the repository. */
    repository: path.default("repository"),
    /** In place of `repository`: a clone on this host, absolute or relative to the task's directory. */
    clone: z.strictObject({ path: z.string().min(1), commit: z.string().min(4) }).optional(),
    script: path.optional(),
    /** What the person at the plans says, in order; the last one is repeated. */
    decisions: z.array(Decision).min(1).default(["approve"]),
    /** What the person says to questions, in order; when there is none left, nobody answers. */
    answers: z.array(z.string().min(1)).default([]),
    hidden: Hidden.optional(),
    expect: Expect.prefault({}),
    ceilings: z.strictObject({
      usd: z.number().positive(),
      turns: z.int().positive(),
      /** By the clock. */
      minutes: z.int().positive().default(30),
    }),
  })
  .refine(({ hidden, expect }) => hidden !== undefined || !["pull_request", "draft"].includes(expect.end), {
    message: "needs `hidden` tests, because a change is expected",
  });
export type TaskFile = z.infer<typeof TaskFile>;
