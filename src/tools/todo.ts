import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";

const Item = z.strictObject({
  id: z.string().min(1).max(20),
  text: z.string().min(1).max(200),
  status: z.enum(["pending", "in_progress", "done"]),
  evidence: z.string().max(300).optional().describe("What shows that it is done"),
});

/** Idempotent: the list given is the list kept. */
export const todo = makeTool({
  name: "todo",
  version: 1,
  effect: "none",
  description: "Replace your list of steps; people follow it. Keep ids, at most one in progress.",
  input: z.strictObject({ items: z.array(Item).max(30) }),
  run: ({ items }): Promise<ToolOutcome> => Promise.resolve(listOf(items)),
});

function listOf(items: readonly z.infer<typeof Item>[]): ToolOutcome {
  const count = (status: string): number => items.filter((item) => item.status === status).length;
  if (new Set(items.map(({ id }) => id)).size < items.length) {
    return failure("repeated_id", { suggestion: "Give every item an id of its own." });
  }
  if (count("in_progress") > 1) {
    return failure("several_in_progress", { suggestion: "Mark one item in progress, the others pending or done." });
  }
  const facts = [{ type: "todo.updated" as const, items: [...items] }];
  return { ...success(`${count("done")} of ${items.length} done.`), facts };
}
