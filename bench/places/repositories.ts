import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Sha } from "../../src/core/ids.ts";

/* Repositories of a given number of files, made here, served over HTTP. */

const run = promisify(execFile);
const FILES_A_FOLDER = 25;
const PERSON = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
/** Nothing of the user's own settings, nothing that works behind our back. */
const PLAIN = [...PERSON, "-c", "gc.auto=0", "-c", "commit.gpgSign=false", "-c", "init.defaultBranch=main"];
const ENVIRONMENT = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  LC_ALL: "C",
};

export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...PLAIN, ...args], { cwd: directory, env: ENVIRONMENT, maxBuffer: 1 << 28 });
  return stdout.trim();
}

const pathOf = (number: number): string => {
  const folder = Math.floor(number / FILES_A_FOLDER);
  return `packages/p${folder % 40}/src/f${folder}/file-${number}.ts`;
};

/** The file that is edited. */
export const EDITED = pathOf(0);

/** About 2.5 KB of text that is different in each file, as source is. */
const textOf = (number: number): string =>
  Array.from({ length: 60 }, (_, line) => `export const value_${number}_${line} = ${number * 31 + line * 7};\n`).join(
    "",
  );

export interface BenchRepository {
  readonly files: number;
  /** The directory to serve, and the bare repository's name in it. */
  readonly root: string;
  readonly name: string;
  /** The tip of `main`. */
  readonly tip: () => Promise<Sha>;
  /** A commit on top that changes one file; moves `main` to it. */
  readonly move: () => Promise<Sha>;
  remove(): Promise<void>;
}

async function writeAll(directory: string, files: number): Promise<void> {
  const paths = Array.from({ length: files }, (_, number) => pathOf(number));
  for (const folder of new Set(paths.map((path) => dirname(path))))
    await mkdir(join(directory, folder), { recursive: true });
  for (const [number, path] of paths.entries()) await writeFile(join(directory, path), textOf(number));
}

/** Makes a repository with some history on its first file. */
export async function makeBenchRepository(files: number): Promise<BenchRepository> {
  const root = await mkdtemp(join(tmpdir(), "bench-repository-"));
  const work = join(root, "work");
  const name = "repository.git";
  await mkdir(work);
  await writeAll(work, files);
  await git(work, "init", "--quiet");
  await git(work, "add", "-A");
  await git(work, "commit", "--quiet", "-m", "all files");
  await git(root, "clone", "--quiet", "--bare", "work", name);
  // As a server keeps it: cloning loose objects would make the peer slower than it is.
  await git(join(root, name), "repack", "-adq");
  // What GitHub allows too: a commit may be fetched by its name.
  await git(join(root, name), "config", "uploadpack.allowAnySHA1InWant", "true");
  await git(work, "remote", "add", "origin", join(root, name));
  let moves = 0;
  const tip = async () => Sha.parse(await git(work, "rev-parse", "HEAD"));
  return {
    files,
    root,
    name,
    tip,
    async move() {
      moves += 1;
      await writeFile(join(work, pathOf(files - 1)), `${textOf(files - 1)}export const moved = ${moves};\n`);
      await git(work, "commit", "--quiet", "-am", `move ${moves}`);
      await git(work, "push", "--quiet", "origin", "HEAD:main");
      return tip();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
