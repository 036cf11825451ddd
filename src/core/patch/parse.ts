import type { FilePatch, Hunk } from "./hunk.ts";
import { nameOf, nameOfBoth, unquoted, withoutPrefix } from "./names.ts";
import { isHeader, readHunk } from "./read-hunk.ts";

/*
 * A unified diff of several files, as git, diff and models write it. Nothing of a patch is left out in silence: what cannot be applied
 * as it stands (binary parts, modes, copies) is a problem with its line. Total: any text gives a patch or a problem, in linear time.
 */

export type Parsed =
  | { readonly kind: "patch"; readonly files: readonly FilePatch[] }
  | { readonly kind: "unreadable"; readonly line: number; readonly problem: string };

type Unreadable = Extract<Parsed, { kind: "unreadable" }>;

interface Part {
  readonly line: number;
  /** From `diff --git`. */
  git: string | null;
  names: { readonly from: string | null; readonly to: string | null } | null;
  renamed: { from?: string; to?: string };
  mode: "new" | "deleted" | null;
  executable: boolean;
  readonly hunks: Hunk[];
}

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /^\*\*\* (?:Begin Patch|(?:Add|Update|Delete) File:)/,
    "this is another kind of patch; give a unified diff with `---`, `+++` and `@@` lines",
  ],
  [/^(?:GIT binary patch|Binary files .* differ)/, "binary files cannot be patched; use a command"],
  [/^copy (?:from|to) /, "copies cannot be applied; create the file with its whole content"],
  [/^(?:old|new) mode /, "modes are not changed by a patch; leave the mode lines out and use chmod"],
];

export function parsePatch(text: string): Parsed {
  const lines = linesOf(text);
  const parts: Part[] = [];
  let at = 0;
  while (at < lines.length) {
    const read = step(lines, at, parts);
    if (typeof read !== "number") return read;
    at = read;
  }
  if (parts.length === 0) return unreadable(0, "no file is named; a part begins with `--- a/path` and `+++ b/path`");
  return concluded(parts);
}

const unreadable = (at: number, problem: string): Unreadable => ({ kind: "unreadable", line: at + 1, problem });

/** Without a fence of Markdown around it, the version that `git format-patch` signs with, and the ends of its lines. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  while (lines.at(-1) === "") lines.pop();
  if (lines.at(-2) === "-- " && /^\d+\.\d+/.test(lines.at(-1) ?? "")) return lines.slice(0, -2);
  if (lines[0]?.startsWith("```") === true && lines.at(-1) === "```") return ["", ...lines.slice(1, -1)];
  return lines;
}

/** Reads what begins at this line; where the next thing begins, or what is wrong. */
function step(lines: readonly string[], at: number, parts: Part[]): number | Unreadable {
  const line = lines[at] ?? "";
  const refused = REFUSED.find(([form]) => form.test(line));
  if (refused !== undefined) return unreadable(at, refused[1]);
  const part = parts.at(-1);
  if (line.startsWith("diff --git ")) {
    parts.push({ ...emptyPart(at), git: nameOfBoth(line) });
    return at + 1;
  }
  if (line.startsWith("--- ") && isHeader(lines, at)) {
    const names = withoutPrefix({ from: nameOf(line), to: nameOf(lines[at + 1] ?? "") });
    const target = part !== undefined && awaits(part, names) ? part : emptyPart(at);
    if (target !== part) parts.push(target);
    target.names = names;
    return at + 2;
  }
  const opensHunk = line.startsWith("@@");
  if (opensHunk || (/^[ +-]/.test(line) && part !== undefined && part.names !== null && part.hunks.length === 0)) {
    if (part === undefined) return unreadable(at, "a hunk stands before any `--- a/path` and `+++ b/path`");
    const read = readHunk(lines, at, opensHunk);
    if (read.kind === "problem") return unreadable(read.line, read.problem);
    part.hunks.push(read.hunk);
    return read.next;
  }
  if (part !== undefined && !noteExtended(part, line) && part.hunks.length > 0 && line !== "") {
    return unreadable(at, "this line belongs to no hunk and is no header");
  }
  return at + 1;
}

/** Whether a part that git's lines began goes on with these names: a renamed file may have no hunks, and another file follow. */
function awaits({ names, hunks, git, renamed }: Part, { from, to }: NonNullable<Part["names"]>): boolean {
  if (names !== null || hunks.length > 0) return false;
  if (renamed.to !== undefined) return from === renamed.from && to === renamed.to;
  return git === null || git === (to ?? from);
}

const emptyPart = (line: number): Part => ({
  line,
  git: null,
  names: null,
  renamed: {},
  mode: null,
  executable: false,
  hunks: [],
});

/** The extended lines of git between `diff --git` and the first hunk. */
function noteExtended(part: Part, line: string): boolean {
  const [, what, rest = ""] = /^(rename from|rename to|new file mode|deleted file mode) (.*)$/.exec(line) ?? [];
  if (what === "rename from") part.renamed.from = unquoted(rest);
  else if (what === "rename to") part.renamed.to = unquoted(rest);
  else if (what === "deleted file mode") part.mode = "deleted";
  else if (what === "new file mode") {
    part.mode = "new";
    part.executable = rest.trim() === "100755";
  } else return false;
  return true;
}

function concluded(parts: readonly Part[]): Parsed {
  const files: FilePatch[] = [];
  for (const part of parts) {
    const file = fileOf(part);
    if ("problem" in file) return file;
    const same = files.findIndex(({ from, to }) => from === file.from && to === file.to && from === to);
    const known = files[same];
    if (known !== undefined) files[same] = { ...known, hunks: [...known.hunks, ...file.hunks] };
    else files.push(file);
  }
  const names = files.flatMap(({ from, to }) => (from === to ? [from] : [from, to])).filter((name) => name !== null);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) return unreadable(0, `${twice} stands in several parts that do different things with it`);
  return { kind: "patch", files };
}

function fileOf(part: Part): FilePatch | Unreadable {
  const { hunks, executable, renamed, line } = part;
  if (renamed.from !== undefined && renamed.to !== undefined) {
    return { from: renamed.from, to: renamed.to, hunks, executable: false };
  }
  const names = part.names ?? namesByGit(part);
  if (names === null || (names.from === null && names.to === null)) return unreadable(line, "no file is named");
  const { from, to } = names;
  if (from !== null && to !== null && from !== to) {
    return unreadable(line, "the names behind `---` and `+++` differ; to rename, add `rename from` and `rename to`");
  }
  if (hunks.length === 0 && from !== null && to !== null) return unreadable(line, "no hunk follows");
  return { from, to, hunks, executable };
}

/** For a part without `---` and `+++`: the name of `diff --git`. */
function namesByGit({ git, mode, hunks }: Part): Part["names"] {
  if (git === null || (mode === null && hunks.length === 0)) return null;
  return { from: mode === "new" ? null : git, to: mode === "deleted" ? null : git };
}
