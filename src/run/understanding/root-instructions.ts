import type { EventOf } from "../../core/events.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { type StageContext, subjectOf } from "../stage.ts";

/** Instruction files read from the base commit's root, and how much of each, in characters. */
const FILES = ["AGENTS.md", "CLAUDE.md"];
const MAX_CHARS = 32_000;
const UNREADABLE = "it is a link to nowhere, 1 MiB or larger, or not UTF-8 text";

interface Taken {
  readonly instructions: EventOf<"intake.finished">["instructions"];
  readonly instructionFaults: NonNullable<EventOf<"intake.finished">["instructionFaults"]>;
}

/** What the root's instruction files say, the same text once, and those that were left out, with the reason. */
export async function rootInstructions(context: StageContext, base: BaseTree): Promise<Taken> {
  const taken: Taken = { instructions: [], instructionFaults: [] };
  for (const path of FILES) {
    const text = await context.world.forge.file(subjectOf(context), base.sha, path);
    const known = taken.instructions.some((other) => other.text === text);
    if (text !== null && !known) taken.instructions.push({ path, text: text.slice(0, MAX_CHARS) });
    else if (text === null && base.files.has(path)) taken.instructionFaults.push({ path, reason: UNREADABLE });
  }
  return taken;
}
