import type { ChangedFile, RefusedEntry } from "./change.ts";
import { coversPath } from "./glob.ts";
import { findHazards } from "../text/hazards.ts";
import { checkBasePath, checkPath, displayPath, foldPath } from "./paths.ts";

/** What one pull request may hold at most. */
export const CHANGE_LIMITS = { files: 100, totalBytes: 4 * 1024 * 1024, fileBytes: 1024 * 1024 } as const;

export interface JudgedFile extends Pick<ChangedFile, "path" | "mode" | "size" | "status"> {
  /** The bytes that will be committed. Without them the text itself is not judged. */
  readonly bytes?: Uint8Array;
  /** The base tree's bytes of a modified file: lines it has already are not judged again. */
  readonly before?: Uint8Array;
}

export interface ChangeToJudge {
  readonly files: readonly JudgedFile[];
  readonly deleted: readonly string[];
  readonly refused: readonly RefusedEntry[];
  /** From the settings at the base commit. A glob without a slash is meant at any depth. */
  readonly protectedGlobs: readonly string[];
}

export interface Judgement {
  readonly verdict: "publishable" | "refused";
  /** Why it is refused: a sentence each, without its full stop. */
  readonly reasons: string[];
  /** Paths a reviewer should look at first, sorted. */
  readonly sensitive: string[];
}

const SENSITIVE_NAMES = new Set(["codeowners", "agents.md", "claude.md", ".gitattributes", ".npmrc", ".mcp.json"]);
const SENSITIVE_FOLDERS = new Set([".claude", ".cursor", ".vscode", ".devcontainer", ".husky", ".githooks"]);
/** Files that say what the test command does. */
const TEST_DEFINITIONS = new Set([
  "package.json",
  "makefile",
  "gnumakefile",
  "conftest.py",
  "pytest.ini",
  "tox.ini",
  "setup.cfg",
  "pyproject.toml",
]);
const TEST_CONFIGURATION = /^(?:jest|vitest|vite|mocha|karma|playwright)\.config\./;
const MAX_REASONS = 20;

const REFUSED_WORDS: Record<RefusedEntry["reason"], string> = {
  symlink: "is a symbolic link, which is never committed",
  special_file: "is not a regular file",
  bad_path: "has a name that is never committed",
  nested_git: "is a git directory of its own",
  too_large: "is too large",
  too_many: "is more than a change may hold",
};

const code = (path: string): string => `\`${displayPath(path)}\``;
const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Whether a path in GitHub's automation folders is meant, however it is spelled. */
function isAutomation(path: string): boolean {
  const folded = foldPath(path);
  return ["workflows", "actions"].some(
    (folder) => folded === `.github/${folder}` || folded.startsWith(`.github/${folder}/`),
  );
}

const isSubmoduleFile = (path: string): boolean => foldPath(path) === ".gitmodules";

/** Whether a path changes how people's tools or other agents behave, so that a reviewer should see it first. */
export function isSensitive(path: string): boolean {
  const parts = foldPath(path).split("/");
  const name = parts.at(-1) ?? "";
  if (SENSITIVE_NAMES.has(name)) return true;
  if (parts.slice(0, -1).some((part) => SENSITIVE_FOLDERS.has(part))) return true;
  return parts.length > 1 && (parts[0]?.startsWith(".") ?? false);
}

/** Whether a path is a test, by the usual names and folders. */
export function isTest(path: string): boolean {
  const parts = foldPath(path).split("/");
  const name = parts.at(-1) ?? "";
  const folder = parts.slice(0, -1).some((part) => ["test", "tests", "__tests__", "spec", "specs"].includes(part));
  return folder || /[._-](?:test|spec)\.|^test_|_test\./.test(name);
}

/** Whether a change here can make tests pass without mending anything: how they are run, or a test that was there before. */
function weighsOnTests(path: string, isNew: boolean): boolean {
  const name = foldPath(path).split("/").at(-1) ?? "";
  return TEST_DEFINITIONS.has(name) || TEST_CONFIGURATION.test(name) || (!isNew && isTest(path));
}

function protectingGlob(path: string, globs: readonly string[]): string | null {
  const folded = foldPath(path);
  const found = globs.find((glob) => {
    const anywhere = glob.includes("/") ? glob : `**/${glob}`;
    return coversPath(anywhere, path) || coversPath(anywhere.normalize("NFKC").toLowerCase(), folded);
  });
  return found ?? null;
}

function pathReasons(path: string, isNew: boolean, globs: readonly string[]): string[] {
  const reasons: string[] = [];
  const name = isNew ? checkPath(path) : checkBasePath(path);
  if (!name.ok) reasons.push(`${code(path)} ${name.reason}`);
  if (isAutomation(path)) reasons.push(`${code(path)} belongs to GitHub's automation, which this App never changes`);
  if (isSubmoduleFile(path)) reasons.push(`${code(path)} names submodules, which this App never changes`);
  const glob = protectingGlob(path, globs);
  if (glob !== null) reasons.push(`${code(path)} is protected by the settings (${code(glob)})`);
  return reasons;
}

/** Why a path or glob of a plan can never be touched. A folder above such a path is not judged: the plan may mean the rest of it. */
export const plannedPathReasons = (path: string, protectedGlobs: readonly string[]): string[] =>
  pathReasons(path.replace(/^\.?\//, "").replace(/\/$/, ""), false, protectedGlobs);

function sizeReasons(files: readonly JudgedFile[], deleted: number): string[] {
  const reasons: string[] = [];
  const count = files.length + deleted;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (count > CHANGE_LIMITS.files)
    reasons.push(`It touches ${count} files; at most ${CHANGE_LIMITS.files} are allowed`);
  if (total > CHANGE_LIMITS.totalBytes) {
    reasons.push(`It holds ${mebibytes(total)}; at most ${mebibytes(CHANGE_LIMITS.totalBytes)} are allowed`);
  }
  for (const file of files) {
    if (file.size <= CHANGE_LIMITS.fileBytes) continue;
    reasons.push(
      `${code(file.path)} holds ${mebibytes(file.size)}; at most ${mebibytes(CHANGE_LIMITS.fileBytes)} a file are allowed`,
    );
  }
  return reasons;
}

const HAZARD_WORDS = {
  direction: "a character that changes the reading direction",
  invisible: "an invisible character",
} as const;

function judgeText(file: JudgedFile): { reasons: string[]; mixed: boolean } {
  const hazards = file.bytes === undefined ? [] : findHazards(file.bytes, file.before ?? null);
  const reasons = hazards.flatMap(({ kind, line }) =>
    kind === "mixed_script" ? [] : [`${code(file.path)} gains ${HAZARD_WORDS[kind]} on line ${line}`],
  );
  return { reasons: reasons.slice(0, 3), mixed: hazards.some(({ kind }) => kind === "mixed_script") };
}

function bounded(reasons: readonly string[]): string[] {
  const unique = [...new Set(reasons)];
  if (unique.length <= MAX_REASONS) return unique;
  return [...unique.slice(0, MAX_REASONS), `There are ${unique.length - MAX_REASONS} more reasons like these`];
}

/** What may be published and what a reviewer should look at first. Judges exactly the files it is given. */
export function judgeChange(change: ChangeToJudge): Judgement {
  const texts = change.files.map(judgeText);
  const paths = [...change.files.map((file) => file.path), ...change.deleted];
  const reasons = bounded([
    ...change.refused.map(({ path, reason, detail }) => {
      // Where a link leads is whatever its maker wrote; the other details are words of ours.
      const words = reason === "symlink" ? code(detail) : displayPath(detail);
      const more = detail === "" ? "" : ` (${words})`;
      return `${path === "" ? "The change" : code(path)} ${REFUSED_WORDS[reason]}${more}`;
    }),
    ...sizeReasons(change.files, change.deleted.length),
    ...change.files.flatMap((file) => pathReasons(file.path, file.status === "added", change.protectedGlobs)),
    ...change.deleted.flatMap((path) => pathReasons(path, false, change.protectedGlobs)),
    ...texts.flatMap((text) => text.reasons),
  ]);
  const mixed = change.files.filter((_, index) => texts[index]?.mixed).map((file) => file.path);
  const added = new Set(change.files.filter((file) => file.status === "added").map((file) => file.path));
  const weighing = paths.filter((path) => weighsOnTests(path, added.has(path)));
  const sensitive = [...new Set([...paths.filter(isSensitive), ...weighing, ...mixed])].sort();
  return { verdict: reasons.length === 0 ? "publishable" : "refused", reasons, sensitive };
}

/** The changed paths that no path or glob of the plan covers, sorted. */
export const outsidePlan = (paths: readonly string[], planGlobs: readonly string[]): string[] =>
  paths.filter((path) => !planGlobs.some((glob) => coversPath(glob, path))).sort();
