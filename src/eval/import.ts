import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { parsePatch } from "../core/patch/parse.ts";
import { cloneOf, type Instance, readDataset } from "./swe-bench.ts";
import { TASK_FILE } from "./task.ts";
import { evalsInvalid, type Fault } from "./yaml-file.ts";

/*
 * Instances of a dataset as task directories. The repositories themselves are clones on this host, which are only named.
 */

const testFiles = ({ test_patch: patch }: Instance): string[] => {
  const parsed = parsePatch(patch);
  return parsed.kind === "unreadable" ? [] : parsed.files.flatMap(({ to }) => to ?? []);
};

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

/** What most of these datasets are: Python with pytest. Where it is not so, the command in the task is to be changed. */
const commandFor = (instance: Instance): string =>
  `python3 -m pytest -rA ${testFiles(instance)
    .filter((path) => path.endsWith(".py"))
    .map(quoted)
    .join(" ")}`.trim();

const taskOf = (instance: Instance, clone: string): string =>
  stringify({
    description: `${instance.repo}: ${instance.instance_id}`,
    language: testFiles(instance).every((path) => path.endsWith(".py")) ? "python" : "unknown",
    issue: "issue.md",
    clone: { path: clone, commit: instance.base_commit },
    hidden: {
      patch: "test.patch",
      command: commandFor(instance),
      minutes: 30,
      fail_to_pass: instance.FAIL_TO_PASS,
      pass_to_pass: instance.PASS_TO_PASS,
    },
    ceilings: { usd: 5, turns: 150, minutes: 120 },
  });

function issueOf({ problem_statement: problem, hints_text: hints }: Instance): string {
  const [first = "", ...rest] = problem.trim().split("\n");
  const more = hints == null || hints.trim() === "" ? "" : `\n\n## Hints\n\n${hints.trim()}`;
  return `# ${first.replace(/^#+\s*/, "").slice(0, 300)}\n\n${rest.join("\n").trim()}${more}\n`;
}

async function writeInstance(instance: Instance, clone: string, out: string): Promise<void> {
  const directory = join(out, instance.instance_id);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, TASK_FILE), taskOf(instance, clone));
  await writeFile(join(directory, "issue.md"), issueOf(instance));
  await writeFile(join(directory, "test.patch"), instance.test_patch);
  if (instance.patch !== undefined) await writeFile(join(directory, "reference.patch"), instance.patch);
}

/**
 * Writes a task directory for every instance, or nothing: `repos` holds the clones. Returns their names.
 * Throws `evals_invalid` with the faults of every line, clones that are not there included.
 */
export async function importDataset(file: string, place: { out: string; repos: string }): Promise<string[]> {
  const read = await readDataset(file);
  if (!read.ok) throw evalsInvalid(read.faults);
  const faults: Fault[] = [];
  const clones = new Map<string, string>();
  for (const repo of new Set(read.value.map((instance) => instance.repo))) {
    const clone = await cloneOf(repo, place.repos);
    if (clone === null)
      faults.push(`no clone of ${repo} in ${place.repos}: clone it there as ${repo.replace("/", "__")}`);
    else clones.set(repo, resolve(clone));
  }
  if (faults.length > 0) throw evalsInvalid(faults);
  for (const instance of read.value) await writeInstance(instance, clones.get(instance.repo) ?? "", place.out);
  return read.value.map(({ instance_id: id }) => id);
}
