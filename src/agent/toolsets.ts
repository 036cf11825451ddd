import { z } from "zod";
import { Plan } from "../core/plan.ts";
import { Review } from "../core/review.ts";
import { ask } from "../tools/ask.ts";
import { furtherReading, HELPERS, NOTHING_FURTHER, type Further } from "../tools/further-tools.ts";
import { makeSubmit } from "../tools/submit.ts";
import { todo } from "../tools/todo.ts";
import type { Tool } from "../tools/tool.ts";
import { COMMANDS, READING, WRITING } from "../tools/workspace-tools.ts";

/** What the executor submits. */
export const Work = z.strictObject({
  summary: z.string().min(1).max(4000).describe("What changed and why, and any difference from the plan"),
  left_failing: z
    .array(z.string().min(1).max(500))
    .max(200)
    .default([])
    .describe("Names of tests that failed before and have nothing to do with the plan; reviewers see them"),
});
export type Work = z.infer<typeof Work>;

/*
 * All that a model can do, stage by stage. Approving, publishing, spending more: none of it is a tool.
 */

const SUBMIT_PLAN = makeSubmit("Submit the plan for approval. The only call of its answer.", Plan);
const SUBMIT_WORK = makeSubmit("Finish: hand the work over to be tested.", Work);

/** Reads only. */
export const plannerTools = (further: Further): readonly Tool[] => [
  ...READING,
  ...furtherReading(further),
  ask,
  SUBMIT_PLAN,
];

export const executorTools = (further: Further): readonly Tool[] => [
  ...COMMANDS,
  ...READING,
  ...WRITING,
  todo,
  ...HELPERS,
  ...furtherReading(further),
  ask,
  SUBMIT_WORK,
];

/** The sets of a repository without skills and without open hosts. */
export const PLANNER_TOOLS = plannerTools(NOTHING_FURTHER);
export const EXECUTOR_TOOLS = executorTools(NOTHING_FURTHER);

/** Reads only: the reviewer of a tested change sees the repository with the change in it. */
export const REVIEWER_TOOLS: readonly Tool[] = [
  ...READING,
  makeSubmit("Hand over the review. The only call of its answer.", Review),
];
