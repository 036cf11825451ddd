import type { DiffedFile } from "../../core/text/diff-text.ts";
import type { StageContext } from "../stage.ts";
import { baseTree, checkpointBytes } from "../workspace.ts";

/** Stands for a file of the base that is no text, or too large for one: what it held is not shown. */
const NO_TEXT = Uint8Array.of(0);

/** The files of the last checkpoint as they were and as they are, by the bytes. */
export async function changedFiles(context: StageContext): Promise<DiffedFile[]> {
  const base = await baseTree(context);
  const loaded = await checkpointBytes(context);
  return Promise.all(
    loaded.map(async ({ change, bytes }): Promise<DiffedFile> => {
      const text = change.status === "added" ? null : await context.world.trees.text(base, change.path);
      const before = change.status === "added" ? null : text === null ? NO_TEXT : Buffer.from(text);
      return { path: change.path, before, after: bytes };
    }),
  );
}
