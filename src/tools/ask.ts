import { z } from "zod";
import type { ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";

export const ask = makeTool({
  name: "ask",
  version: 1,
  effect: "end",
  description: "Ask the people of the issue and wait for their answer. Only when you cannot find it out yourself.",
  input: z.strictObject({ questions: z.array(z.string().min(1).max(500)).min(1).max(5) }),
  run: ({ questions }): Promise<ToolOutcome> => Promise.resolve({ kind: "asked", questions }),
});
