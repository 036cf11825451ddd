import { z } from "zod";
import type { ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";
import { SUBAGENTS } from "./wish.ts";

/** Reading helpers may run side by side and again; the test runner runs commands in this very workspace. */
export const task = makeTool({
  name: "task",
  version: 1,
  effect: "command",
  effectOf: ({ agent }) => (agent === "test_runner" ? "command" : "none"),
  description:
    "Give one job to a helper with its own context; only its result comes back. It knows the plan, not this conversation. All but test_runner only read, side by side.",
  input: z.strictObject({ agent: z.enum(SUBAGENTS), task: z.string().min(1).max(4000) }),
  atOnce: 4,
  run: ({ agent, task }): Promise<ToolOutcome> =>
    Promise.resolve({ kind: "delegated", wish: { kind: "task", agent, task } }),
});
