import { z } from "zod";
import { failure, success, type ToolOutcome } from "./outcome.ts";
import { placeToWrite } from "./place.ts";
import { makeTool } from "./tool.ts";

/** Idempotent: the same call twice leaves the same file. */
export const write = makeTool({
  name: "write",
  version: 1,
  effect: "edit",
  description: "Create a file or replace its whole content. To change part of a file, use edit.",
  input: z.strictObject({ path: z.string().min(1), content: z.string() }),
  run: async ({ path, content }, { workspace, signal }): Promise<ToolOutcome> => {
    const place = placeToWrite(path);
    if (place.kind === "refused") return place.outcome;
    const bytes = Buffer.from(content);
    const written = await workspace.writeFile(place.path, bytes, signal);
    if (written.kind === "failed") {
      return failure("not_written", { path, reason: written.reason, suggestion: "Check the path." });
    }
    return success(`Wrote ${place.path}: ${bytes.byteLength} bytes.`);
  },
});
