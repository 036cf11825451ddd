import { z } from "zod";
import type { ToolOutcome } from "./outcome.ts";
import { makeTool, type Tool } from "./tool.ts";

/** The one way to finish a stage: typed by what that stage has to leave behind. */
export const makeSubmit = <Shape extends z.ZodRawShape>(description: string, input: z.ZodObject<Shape>): Tool =>
  makeTool({
    name: "submit",
    version: 1,
    effect: "end",
    description,
    input,
    run: (given): Promise<ToolOutcome> => Promise.resolve({ kind: "submitted", input: { ...given } }),
  });
