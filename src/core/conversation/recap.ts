import { z } from "zod";

const points = (most: number, what: string) => z.array(z.string().min(1).max(600)).max(most).describe(what);

/** What a part of a conversation comes to, as the writer submits it. */
export const Recap = z.strictObject({
  done: points(20, "What is finished, and what it rests on"),
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(300), note: z.string().min(1).max(400) }))
    .max(40)
    .describe("Files that matter: what was learnt about them or changed in them"),
  decisions: points(15, "What was decided, and why"),
  failed: points(15, "What was tried and did not work, with the message that said so"),
  left: points(20, "What is still to be done, in order"),
});
export type Recap = z.infer<typeof Recap>;
