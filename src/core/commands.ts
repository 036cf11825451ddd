import { z } from "zod";

/** The stages that `/retry from=` can begin with anew: every stage, in the order in which a run goes through them. */
export const RETRY_STAGES = [
  "intake",
  "understand",
  "plan",
  "prepare",
  "implement",
  "verify",
  "review",
  "publish",
] as const;

/** A command as understood, from a comment's first line or from the label. */
export const Command = z.discriminatedUnion("name", [
  z.object({ name: z.literal("plan"), guidance: z.string(), source: z.enum(["comment", "label"]) }),
  z.object({
    name: z.literal("approve"),
    digest: z.string().nullable(),
    budgetUsd: z.number().positive().nullable(),
    model: z.string().nullable(),
  }),
  z.object({ name: z.literal("revise"), feedback: z.string() }),
  z.object({ name: z.literal("reject"), reason: z.string() }),
  z.object({ name: z.literal("stop") }),
  z.object({ name: z.literal("retry"), from: z.enum(RETRY_STAGES).optional(), model: z.string().optional() }),
  z.object({ name: z.literal("answer"), text: z.string() }),
  z.object({ name: z.literal("budget"), usd: z.number().positive() }),
  z.object({ name: z.literal("status") }),
  z.object({ name: z.literal("help") }),
  /** A command of ours that was written wrongly; `problem` is the sentence to answer with. */
  z.object({ name: z.literal("unusable"), typed: z.string(), problem: z.string() }),
]);
export type Command = z.infer<typeof Command>;
