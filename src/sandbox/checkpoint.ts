import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { WorkspaceSpec } from "../ports/sandbox.ts";
import { SANDBOX_UID } from "./spec.ts";

type Changes = WorkspaceSpec["changes"];

/** Proper ancestors of a path, outermost first: `a/b/c` gives `a`, `a/b`. */
function ancestorsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
}

/** Deleted paths that are not on the way to, or under, a file that the same checkpoint holds. */
function deletionsOf(changes: Changes): string[] {
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const { change } of changes) {
    if (change.status === "deleted") continue;
    files.add(change.path);
    for (const ancestor of ancestorsOf(change.path)) directories.add(ancestor);
  }
  return changes
    .filter(({ change }) => change.status === "deleted")
    .map(({ change }) => change.path)
    .filter((path) => !directories.has(path) && !ancestorsOf(path).some((ancestor) => files.has(ancestor)));
}

/**
 * A checkpoint as a tar. With `whiteouts` a deletion is the device node 0/0, as the kernel's overlay records it; without,
 * deletions are left to the reader.
 */
export function checkpointTar(changes: Changes, options: { readonly whiteouts: boolean }): Readable {
  const tar = pack();
  const owner = { uid: SANDBOX_UID, gid: SANDBOX_UID, mtime: new Date(0) };
  const made = new Set<string>();
  const makeParents = (path: string) => {
    for (const name of ancestorsOf(path)) {
      if (made.has(name)) continue;
      made.add(name);
      tar.entry({ ...owner, name: `${name}/`, type: "directory", mode: 0o755 });
    }
  };
  for (const path of options.whiteouts ? deletionsOf(changes) : []) {
    makeParents(path);
    tar.entry({ ...owner, name: path, type: "character-device", devmajor: 0, devminor: 0 });
  }
  for (const { change, bytes } of changes) {
    if (change.status === "deleted" || bytes === null) continue;
    makeParents(change.path);
    const mode = change.mode === "100755" ? 0o755 : 0o644;
    // The time of writing, so that build tools see the file as newer than its base.
    tar.entry({ ...owner, mtime: new Date(), name: change.path, mode }, Buffer.from(bytes));
  }
  tar.finalize();
  return Readable.from(tar);
}
