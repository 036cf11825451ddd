import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { PREFIXES, type PrefixCase, readPrefixes } from "./prefix-file.ts";
import { readTask, type Task, TASK_FILE } from "./task.ts";
import { evalsInvalid, type Fault } from "./yaml-file.ts";

/** Everything in a directory of evals. */
export interface Evals {
  readonly tasks: readonly Task[];
  readonly prefixes: readonly PrefixCase[];
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function foldersOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => {
    throw evalsInvalid([`${directory} is not a directory that can be read; name one that holds golden tasks`]);
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** `only` keeps tasks and cases whose name holds it. Throws `evals_invalid` with every fault of every file. */
export async function readEvals(directory: string, only = ""): Promise<Evals> {
  const folders = await foldersOf(directory);
  const tasks: Task[] = [];
  const faults: Fault[] = [];
  for (const name of folders.filter((folder) => folder.includes(only))) {
    if (!(await isFile(join(directory, name, TASK_FILE)))) {
      if (name !== PREFIXES) faults.push(`${name} holds no ${TASK_FILE}`);
      continue;
    }
    const read = await readTask(join(directory, name));
    if (read.ok) tasks.push(read.value);
    else faults.push(...read.faults);
  }
  const cases = await readPrefixes(join(directory, PREFIXES));
  faults.push(...cases.faults);
  const prefixes = cases.prefixes.filter(({ name }) => name.includes(only));
  if (faults.length > 0) throw evalsInvalid(faults);
  if (tasks.length + prefixes.length === 0) {
    const which = only === "" ? "" : ` whose name holds "${only}"`;
    throw evalsInvalid([`${directory} holds no golden task${which}: a task is a folder with a ${TASK_FILE}`]);
  }
  return { tasks, prefixes };
}
