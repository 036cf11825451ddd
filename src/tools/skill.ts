import { z } from "zod";
import { nearestFirst } from "../core/text/nearest.ts";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";

const NAMES_SHOWN = 20;

/** Idempotent: the text of the base commit does not change during a run. */
export const skill = makeTool({
  name: "skill",
  version: 1,
  effect: "none",
  description: "Load one of the repository's listed skills: how work of a kind is done here.",
  input: z.strictObject({ name: z.string().min(1).max(100) }),
  run: async ({ name }, { skills }): Promise<ToolOutcome> => {
    const names = skills?.names ?? [];
    if (!names.includes(name)) return unknown(name, names);
    const body = await skills?.body(name);
    if (typeof body === "string" && body.trim() !== "") return success(body);
    return failure("skill_unreadable", { name, suggestion: "Its file is empty or cannot be read. Go on without it." });
  },
});

function unknown(name: string, names: readonly string[]): ToolOutcome {
  if (names.length === 0) {
    return failure("no_such_skill", { name, suggestion: "This repository has no skills. Go on without." });
  }
  const shown = nearestFirst(name, names).slice(0, NAMES_SHOWN);
  return failure("no_such_skill", { name, skills: shown, suggestion: "These are the skills, the likest first." });
}
