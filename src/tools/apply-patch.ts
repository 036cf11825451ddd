import { z } from "zod";
import { parsePatch } from "../core/patch/parse.ts";
import type { ToolContext } from "./context.ts";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { planFile, type FilePlan } from "./patch-plan.ts";
import { takeSteps } from "./patch-steps.ts";
import { makeTool } from "./tool.ts";

const MAX_FILES = 100;
const MAX_HUNKS = 200;
const MAX_PROBLEMS = 10;

/** All or nothing: every hunk of every file is checked before the first byte is written. Not idempotent: applied again it does not fit. */
export const applyPatch = makeTool({
  name: "apply_patch",
  version: 1,
  effect: "edit",
  description:
    "Apply a unified diff (---, +++, @@), also of several files, creating, deleting and renaming. Line numbers may be missing. All or nothing.",
  input: z.strictObject({ patch: z.string().min(1).max(400_000) }),
  run: async ({ patch }, context): Promise<ToolOutcome> => {
    const parsed = parsePatch(patch);
    if (parsed.kind === "unreadable") {
      const { line, problem } = parsed;
      const suggestion = "Nothing was written. Mend the patch there, or use edit.";
      return failure("patch_unreadable", { line, problem, suggestion });
    }
    const hunks = parsed.files.reduce((sum, file) => sum + file.hunks.length, 0);
    if (parsed.files.length > MAX_FILES || hunks > MAX_HUNKS) {
      return failure("patch_too_large", {
        suggestion: `Nothing was written. Give at most ${MAX_FILES} files and ${MAX_HUNKS} hunks in one patch.`,
      });
    }
    const plans: FilePlan[] = [];
    for (const file of parsed.files) plans.push(await planFile(file, context));
    const problems = plans.flatMap((plan) => (plan.kind === "wrong" ? plan.problems : []));
    return problems.length > 0 ? notApplied(problems) : await write(plans, context);
  },
});

function notApplied(problems: readonly object[]): ToolOutcome {
  const shown = problems.slice(0, MAX_PROBLEMS);
  return failure("patch_not_applied", {
    problems: shown,
    ...(shown.length < problems.length ? { more: problems.length - shown.length } : {}),
    suggestion: "Nothing was written, also not the parts that fit. Mend these, then give the whole patch again.",
  });
}

async function write(plans: readonly FilePlan[], context: ToolContext): Promise<ToolOutcome> {
  const ready = plans.filter((plan) => plan.kind === "ready");
  const steps = ready.flatMap((plan) => plan.steps);
  const stopped = await takeSteps(steps, context);
  if (stopped === null) return success(`Applied.\n${ready.map(({ said }) => said).join("\n")}`);
  const { path, reason, takenBack } = stopped;
  const suggestion = takenBack
    ? "Nothing is changed: what was written before was taken back. Check the path."
    : "Some files are changed and could not be set back. Look at them before you go on.";
  return failure("not_written", { path, reason, suggestion });
}
