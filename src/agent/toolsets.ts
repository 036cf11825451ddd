import { z } from "zod";
import { Plan } from "../core/plan.ts";
import { ask } from "../tools/ask.ts";
import { bash } from "../tools/bash.ts";
import { edit } from "../tools/edit.ts";
import { glob } from "../tools/glob.ts";
import { grep } from "../tools/grep.ts";
import { read } from "../tools/read.ts";
import { makeSubmit } from "../tools/submit.ts";
import { todo } from "../tools/todo.ts";
import { write } from "../tools/write.ts";

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

/** Reads only. */
export const PLANNER_TOOLS = [
  read,
  grep,
  glob,
  ask,
  makeSubmit("Submit the plan for approval. The only call of its answer.", Plan),
] as const;

export const EXECUTOR_TOOLS = [
  bash,
  read,
  edit,
  write,
  grep,
  glob,
  todo,
  ask,
  makeSubmit("Finish: hand the work over to be tested.", Work),
] as const;
