import { z } from "zod";

/** One step of the executor's list; people follow it. */
export const Todo = z.object({
  id: z.string(),
  text: z.string(),
  status: z.enum(["pending", "in_progress", "done"]),
  evidence: z.string().optional(),
});
export type Todo = z.infer<typeof Todo>;
