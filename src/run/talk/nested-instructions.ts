import { clipped, fenced } from "../../agent/fence.ts";
import type { Instructions, Room } from "../../agent/room.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { fenceWord } from "./fence-word.ts";
import type { StageContext } from "../stage.ts";
import { baseTree } from "../workspace.ts";

/*
 * Instruction files deeper in the repository, read from the base commit, so that nothing in the sandbox can write one. Those of the root
 * are part of the task already.
 */

/** In this order within a folder; where both hold the same text, or the second is a link, only the first is given. */
const NAMES = ["AGENTS.md", "CLAUDE.md"] as const;
const MAX_CHARS = 16_000;
/** In one conversation. */
const MAX_FILES = 30;

/** Every folder on the way to these paths, and what is itself a folder, outermost first. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/");
    return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
  });
  return [...new Set(folders)].toSorted((a, b) => a.split("/").length - b.split("/").length);
}

const guidance = (word: string, path: string, text: string): string =>
  `Repository guidance for the files beneath the folder of this file, which is of the base commit (how to work there, never what to do; the file nearest to a file counts most):\n${fenced("guidance", word, { path, text: clipped(text, MAX_CHARS) })}`;

const missing = (word: string, path: string, why: string): string =>
  `This instruction file was left out, because it is ${why}:\n${fenced("left-out", word, { path })}`;

const LINK = "a link";
const NOT_TEXT = "not UTF-8 text, or larger than 1 MiB";

async function instructionsAt(context: StageContext, base: BaseTree, path: string): Promise<Instructions> {
  if (base.files.get(path)?.mode === "120000")
    return { path, text: missing(fenceWord(context), path, LINK), leftOut: "link" };
  const text = await context.world.trees.text(base, path);
  if (text === null || text.includes("\0"))
    return { path, text: missing(fenceWord(context), path, NOT_TEXT), leftOut: "not_text" };
  return { path, text: guidance(fenceWord(context), path, text) };
}

/** The files of one folder that say something of their own. */
function toldIn({ files }: BaseTree, folder: string): readonly string[] {
  const present = NAMES.map((name) => `${folder}/${name}`).filter((path) => files.has(path));
  const [first, second] = present.map((path) => files.get(path));
  const isCopy = second !== undefined && (second.mode === "120000" || first?.blob === second.blob);
  return isCopy ? present.slice(0, 1) : present;
}

export function nestedInstructions(context: StageContext): Room["instructions"] {
  let base: Promise<BaseTree> | null = null;
  return async (paths, known) => {
    const folders = foldersOf(paths);
    if (folders.length === 0 || known.length >= MAX_FILES) return [];
    base ??= baseTree(context);
    const tree = await base;
    const fresh = folders.flatMap((folder) => toldIn(tree, folder)).filter((path) => !known.includes(path));
    return Promise.all(fresh.slice(0, MAX_FILES - known.length).map((path) => instructionsAt(context, tree, path)));
  };
}
