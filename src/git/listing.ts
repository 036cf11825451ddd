import { checkBasePath, displayPath } from "../core/change/paths.ts";
import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { BaseFile } from "../ports/trees.ts";

/** Most files a base tree may have. */
export const MAX_FILES = 500_000;

const MODES = new Set(["100644", "100755", "120000"]);
/** Old trees carry group-writable files; git itself reads them as 100644. */
const OLD_MODE = "100664";
const SUBMODULE = "160000";
const LINE = /^(\d{6}) (\w+) ([0-9a-f]{40})\t/;

const unusable = (sha: Sha, reason: string) => new JourneymanError("base_unusable", { sha, reason });

/** Whether something stands where the path needs a folder. Only a malformed tree has such a pair. */
function isUnderFile(path: string, files: ReadonlyMap<string, BaseFile>): boolean {
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    if (files.has(path.slice(0, slash))) return true;
  }
  return false;
}

function readLine(sha: Sha, line: string): BaseFile | null {
  const match = LINE.exec(line);
  if (match === null) throw unusable(sha, "its list of files cannot be read");
  const [head, mode = "", , blob = ""] = match;
  if (mode === SUBMODULE) return null;
  const path = line.slice(head.length);
  const known = mode === OLD_MODE ? "100644" : mode;
  if (!MODES.has(known)) throw unusable(sha, `\`${displayPath(path)}\` has the mode ${mode}`);
  return { path, mode: known as BaseFile["mode"], blob: blob as Sha };
}

/**
 * The files in a listing that was checked before it was kept on this disk. Submodules are left out. Judging the names takes ten
 * times as long as reading them, and every opening would pay for it.
 */
export function readListing(sha: Sha, listing: Buffer): Map<string, BaseFile> {
  const files = new Map<string, BaseFile>();
  for (const line of listing.toString("utf8").split("\0")) {
    const file = line === "" ? null : readLine(sha, line);
    if (file === null) continue;
    if (files.has(file.path)) throw unusable(sha, `the path \`${displayPath(file.path)}\` is there twice`);
    files.set(file.path, file);
    if (files.size > MAX_FILES) throw unusable(sha, `it has more than ${MAX_FILES} files`);
  }
  return files;
}

/**
 * The files in the output of `git ls-tree -rz`. Submodules are left out. Throws `base_unusable` for a name that must not be
 * written to a disk.
 */
export function parseListing(sha: Sha, listing: Buffer): Map<string, BaseFile> {
  const files = readListing(sha, listing);
  for (const path of files.keys()) {
    const name = checkBasePath(path);
    if (!name.ok) throw unusable(sha, `the path \`${displayPath(path)}\` ${name.reason}`);
    if (isUnderFile(path, files))
      throw unusable(sha, `\`${displayPath(path)}\` lies in something that is not a folder`);
  }
  return files;
}

/** A listing as kept on disk: the tree's own name on the first line, then git's words. */
export const packListing = (treeSha: Sha, listing: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${treeSha}\n`), listing]);

export function unpackListing(packed: Buffer): { readonly treeSha: Sha; readonly listing: Buffer } {
  return { treeSha: Sha.parse(packed.subarray(0, 40).toString("latin1")), listing: packed.subarray(41) };
}
