/*
 * The id of a test: the names on the way to it, outermost first. It serves to compare runs of the same command, so what
 * changes from run to run (durations, the place of the workspace) is not part of it.
 */

import { printable } from "../../text/invisible.ts";

/** Longest id in characters; the rest is cut off. */
const MAX_ID = 300;
const BETWEEN = " > ";
const WORKSPACE = /(?:file:\/\/)?\/workspace\//g;
const DURATION = /\s*[([]\d[\d.,]{0,20} ?(?:ms|s|m|seconds?)[)\]]$/;

const cleaned = (name: string): string =>
  printable(name.slice(0, 4 * MAX_ID))
    .replace(WORKSPACE, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(DURATION, "");

/** An id of these names; empty names, and names that the next one repeats at its start, are left out. */
export function testId(...names: readonly string[]): string {
  const parts = names.map(cleaned).filter((part) => part !== "");
  return parts
    .filter((part, at) => !(parts[at + 1] ?? "").startsWith(part))
    .join(BETWEEN)
    .slice(0, MAX_ID)
    .trimEnd();
}

/** Two tests of one name are two tests: the second is called `name (2)`. For reports that list each test once. */
export function numbered(ids: Iterable<string>): string[] {
  const seen = new Map<string, number>();
  return Array.from(ids, (id) => {
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id} (${count})`;
  });
}

/** The test's own name without what it lies in, as far as an id shows it: what two reports of one run have in common. */
export function leafOf(id: string): string {
  const leaf = id.split(/ > | › |::/).at(-1) ?? id;
  return /^(\w+) \([\w.]+\)/.exec(leaf)?.[1] ?? leaf;
}
