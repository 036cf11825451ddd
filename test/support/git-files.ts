import { Sha } from "../../src/core/ids.ts";
import type { Repository } from "./git-repository.ts";

/*
 * Commits as plain maps, for tests that edit a repository many times.
 */

export interface FileContent {
  readonly mode: string;
  readonly content: string;
}
export type Files = ReadonlyMap<string, FileContent>;

/** Makes a commit of exactly these files, through one process however many there are. */
export function commitFiles(repository: Repository, files: Files): Sha {
  const branch = "refs/heads/main";
  const data = (value: string) => `data ${Buffer.byteLength(value)}\n${value}\n`;
  const changes = [...files].map(([path, { mode, content }]) => `M ${mode} inline ${path}\n${data(content)}`).join("");
  const head = `commit ${branch}\ncommitter a <a@example.test> 1700000000 +0000\n${data("a commit")}deleteall\n`;
  repository.git(["fast-import", "--quiet", "--force"], `reset ${branch}\n${head}${changes}\n`);
  return Sha.parse(repository.git(["rev-parse", branch]).trim());
}

/** Files in folders three deep. */
export const manyFiles = (count: number): Map<string, FileContent> =>
  new Map(
    Array.from({ length: count }, (_, n) => [
      `pkg${n % 5}/src${n % 3}/file-${n}.ts`,
      { mode: n % 7 === 0 ? "100755" : "100644", content: `export const n = ${n};\n` },
    ]),
  );

/** Numbers in [0, 1) that a seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const isUnder = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

/** A file, or the folder it lies in: gone, changed, flipped, a link, a folder, a file. */
function editOne(files: Map<string, FileContent>, random: () => number): void {
  const paths = [...files.keys()];
  const path = paths[Math.floor(random() * paths.length)];
  const file = path === undefined ? undefined : files.get(path);
  if (path === undefined || file === undefined) return;
  const mark = `${Math.floor(random() * 1e9)}`;
  const folder = path.split("/").slice(0, -1).join("/");
  const edits: readonly (() => void)[] = [
    () => files.delete(path),
    () => files.set(path, { mode: file.mode, content: `edit ${mark}` }),
    () => files.set(path, { ...file, mode: file.mode === "100755" ? "100644" : "100755" }),
    () => files.set(path, { mode: "120000", content: `../${mark}` }),
    () => {
      files.delete(path);
      files.set(`${path}/within-${mark}`, { mode: "100644", content: mark });
    },
    () => {
      if (folder === "") return;
      for (const other of paths) if (isUnder(other, folder)) files.delete(other);
      files.set(folder, { mode: "100644", content: `was a folder ${mark}` });
    },
    () => files.set(`added-${mark}/${mark}`, { mode: "100644", content: mark }),
  ];
  edits[Math.floor(random() * edits.length)]?.();
}

export function editAtRandom(files: Files, random: () => number, times: number): Map<string, FileContent> {
  const edited = new Map(files);
  for (let time = 0; time < times; time++) editOne(edited, random);
  return edited;
}
