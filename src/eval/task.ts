import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { LocalIssue } from "../local/issue-file.ts";
import { readIssueFile } from "../local/issue-file.ts";
import { Script } from "./script.ts";
import { TaskFile } from "./task-file.ts";
import { treeFiles, type TreeFile } from "./tree-files.ts";
import { type Fault, type Read, readYamlFile } from "./yaml-file.ts";

export const TASK_FILE = "task.yml";

/** A golden task with all that belongs to it, read and checked. */
export interface Task extends TaskFile {
  readonly name: string;
  readonly given: LocalIssue;
  /** The repository's files; empty for a clone. */
  readonly files: readonly TreeFile[];
  /** Absolute. */
  readonly clonePath: string | null;
  readonly hiddenFiles: readonly TreeFile[];
  readonly hiddenPatch: string | null;
  /** Null for a task that can only run live. */
  readonly recorded: { readonly script: Script; readonly name: string } | null;
}

async function issueOf(directory: string, file: TaskFile, faults: Fault[]): Promise<LocalIssue | null> {
  try {
    return await readIssueFile(join(directory, file.issue));
  } catch (thrown) {
    if (!(thrown instanceof JourneymanError)) throw thrown;
    faults.push(thrown.message);
    return null;
  }
}

/** A task's directory as a task, or all that is wrong with it. `name` stands before every fault. */
export async function readTask(directory: string): Promise<Read<Task>> {
  const name = basename(resolve(directory));
  const read = await readYamlFile(TaskFile, join(directory, TASK_FILE), `${name}/${TASK_FILE}`);
  if (!read.ok) return read;
  const file = read.value;
  const faults: Fault[] = [];
  const missing = (key: string, path: string): void =>
    void faults.push(`${name}/${TASK_FILE}:1 \`${key}\` names ${path}, which is not there or empty`);
  const given = await issueOf(directory, file, faults);
  const files = file.clone === undefined ? await treeFiles(join(directory, file.repository)) : [];
  if (file.clone === undefined && files.length === 0) missing("repository", file.repository);
  const { directory: over, patch } = file.hidden ?? {};
  const hiddenFiles = over === undefined ? [] : await treeFiles(join(directory, over));
  if (over !== undefined && hiddenFiles.length === 0) missing("hidden.directory", over);
  const hiddenPatch = patch === undefined ? null : await readFile(join(directory, patch), "utf8").catch(() => null);
  if (patch !== undefined && hiddenPatch === null) missing("hidden.patch", patch);
  const said =
    file.script === undefined ? null : await scriptOf(join(directory, file.script), `${name}/${file.script}`);
  if (said?.ok === false) faults.push(...said.faults);
  if (faults.length > 0 || given === null) return { ok: false, faults };
  const clonePath = file.clone === undefined ? null : resolve(directory, file.clone.path);
  const recorded = said?.ok === true ? { script: said.value, name: `${name}/${file.script}` } : null;
  return { ok: true, value: { ...file, name, given, files, clonePath, hiddenFiles, hiddenPatch, recorded } };
}

export const scriptOf = (path: string, name: string): Promise<Read<Script>> => readYamlFile(Script, path, name);
