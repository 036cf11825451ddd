import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parsePatch } from "../core/patch/parse.ts";
import type { Fault, Read } from "./yaml-file.ts";

/*
 * Lines of a SWE-bench-style dataset. Lists of test ids come as JSON, in some datasets as JSON inside a text.
 */

const Ids = z.preprocess((given) => {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return given;
  }
}, z.array(z.string()));

export const Instance = z.object({
  instance_id: z.string().regex(/^[\w.-]{1,120}$/, "may hold letters, digits, `_`, `-` and `.` only"),
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name"),
  base_commit: z.string().regex(/^[0-9a-f]{7,40}$/, "must be a commit's id"),
  problem_statement: z.string().min(1),
  hints_text: z.string().nullish(),
  patch: z.string().optional(),
  test_patch: z.string().min(1),
  FAIL_TO_PASS: Ids,
  PASS_TO_PASS: Ids.default([]),
});
export type Instance = z.infer<typeof Instance>;

function instanceOf(line: string, at: string): Read<Instance> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, faults: [`${at} is not JSON`] };
  }
  const parsed = Instance.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${at} \`${path.join(".") || "the line"}\`: ${message}`,
    );
    return { ok: false, faults };
  }
  const patch = parsePatch(parsed.data.test_patch);
  if (patch.kind === "unreadable")
    return { ok: false, faults: [`${at} \`test_patch\`, its line ${patch.line}: ${patch.problem}`] };
  return { ok: true, value: parsed.data };
}

/** Every line of the text, or all that is wrong with them, with line numbers. */
export function readInstances(text: string, name: string): Read<Instance[]> {
  const instances: Instance[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [place, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const at = `${name}:${place + 1}`;
    const read = instanceOf(line, at);
    if (!read.ok) faults.push(...read.faults);
    else if (seen.has(read.value.instance_id)) faults.push(`${at} repeats instance_id ${read.value.instance_id}`);
    else {
      seen.add(read.value.instance_id);
      instances.push(read.value);
    }
  }
  if (instances.length + faults.length === 0) faults.push(`${name}:1 holds no instance`);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: instances };
}

export async function readDataset(path: string): Promise<Read<Instance[]>> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? { ok: false, faults: [`${path} is not there or cannot be read`] } : readInstances(text, path);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Where a repository's clone lies under a directory: `owner/name`, `owner__name` or `name`. Null when it does not. */
export async function cloneOf(repo: string, directory: string): Promise<string | null> {
  const [, name = ""] = repo.split("/");
  for (const place of [repo, repo.replace("/", "__"), name])
    if (await isThere(join(directory, place))) return join(directory, place);
  return null;
}
