import { applyHunks } from "../core/patch/apply.ts";
import type { FilePatch } from "../core/patch/hunk.ts";
import { parsePatch } from "../core/patch/parse.ts";
import type { BaseTree, BaseTrees } from "../ports/trees.ts";
import type { Task } from "./task.ts";
import type { TreeFile } from "./tree-files.ts";
import { evalsInvalid } from "./yaml-file.ts";

/** The hidden tests of a task: what is put over a tree, and what goes from it. */
export interface HiddenFiles {
  readonly files: readonly TreeFile[];
  readonly deleted: readonly string[];
}

interface Base {
  readonly tree: BaseTree;
  readonly text: BaseTrees["text"];
}

async function patched(task: Task, file: FilePatch, { tree, text }: Base): Promise<TreeFile | null> {
  if (file.to === null) return null;
  const before = file.from === null ? "" : await text(tree, file.from);
  const applied = before === null ? null : applyHunks(before, file.hunks);
  if (applied?.kind !== "applied")
    throw evalsInvalid([`${task.name}: the hidden patch does not fit ${file.from ?? file.to} at the base commit`]);
  return { path: file.to, mode: file.executable ? "100755" : "100644", bytes: Buffer.from(applied.text) };
}

/** Throws `evals_invalid` for a patch that cannot be read or does not fit the base. */
export async function hiddenFiles(task: Task, base: Base): Promise<HiddenFiles> {
  if (task.hiddenPatch === null) return { files: task.hiddenFiles, deleted: [] };
  const parsed = parsePatch(task.hiddenPatch);
  if (parsed.kind === "unreadable")
    throw evalsInvalid([`${task.name}: the hidden patch cannot be read, line ${parsed.line}: ${parsed.problem}`]);
  const files: TreeFile[] = [];
  for (const file of parsed.files) {
    const made = await patched(task, file, base);
    if (made !== null) files.push(made);
  }
  const deleted = parsed.files.flatMap(({ from, to }) => (from !== null && from !== to ? [from] : []));
  return { files, deleted };
}
