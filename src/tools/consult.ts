import { z } from "zod";
import type { ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";

/** Bounded, since the strong model costs more than the whole rest of an easy run. */
export const consult = makeTool({
  name: "consult",
  version: 1,
  effect: "none",
  description:
    "Ask a stronger model one question when you are stuck, 3 at most. It sees only what you write: quote the code.",
  input: z.strictObject({ question: z.string().min(1).max(8000) }),
  perConversation: 3,
  atOnce: 1,
  run: ({ question }): Promise<ToolOutcome> =>
    Promise.resolve({ kind: "delegated", wish: { kind: "consult", question } }),
});
