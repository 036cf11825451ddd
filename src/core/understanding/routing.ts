import { z } from "zod";

export const Difficulty = z.enum(["easy", "medium", "hard"]);
export type Difficulty = z.infer<typeof Difficulty>;

/** What kind of work an issue is, and how it should be gone about. The router submits it. */
export const Routing = z.strictObject({
  kind: z
    .enum(["bug", "feature", "docs", "question", "not_for_us"])
    .describe("question: asks for an answer, not for a change; not_for_us: nothing that this repository could change"),
  difficulty: Difficulty.describe("easy: one obvious place; hard: several parts, or a cause that must be found"),
  reason: z.string().min(1).max(500).describe("Why, in a sentence or two"),
  unclear: z
    .array(z.string().min(1).max(300))
    .max(5)
    .describe("What the issue leaves open and the code may not settle"),
  explore: z
    .array(z.string().min(1).max(300))
    .max(4)
    .describe("Questions about the code, each to be found out by a reader of its own; none for an easy issue"),
  skills: z.array(z.string().min(1).max(100)).max(5).describe("Names of listed skills that this work should load"),
});
export type Routing = z.infer<typeof Routing>;
