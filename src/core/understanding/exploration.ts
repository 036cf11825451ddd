import { z } from "zod";

/** A file that matters for an issue, and why. */
export const ExploredFile = z.strictObject({
  path: z.string().min(1).max(300),
  symbols: z.array(z.string().min(1).max(200)).max(20).describe("Functions, types or settings that matter"),
  why: z.string().min(1).max(400),
});
export type ExploredFile = z.infer<typeof ExploredFile>;

/** What one explorer found out about its question. */
export const Findings = z.strictObject({
  answer: z.string().min(1).max(2000).describe("The answer to your question, with paths and line numbers"),
  files: z.array(ExploredFile).max(20).describe("Files that matter, most important first"),
  conventions: z.array(z.string().min(1).max(300)).max(10).describe("Conventions of this code that a change must keep"),
  unknown: z.array(z.string().min(1).max(300)).max(10).describe("What you could not find out"),
});
export type Findings = z.infer<typeof Findings>;

/** All that was found out before planning: the artifact that `understand` leaves. */
export const Exploration = z.object({
  answers: z.array(z.object({ question: z.string(), answer: z.string() })),
  files: z.array(ExploredFile),
  conventions: z.array(z.string()),
  unknown: z.array(z.string()),
  /** Commands; null when there is none. */
  setup: z.string().nullable(),
  tests: z.string().nullable(),
  /** Questions whose explorer came to no end, with the cause. */
  failed: z.array(z.object({ question: z.string(), cause: z.string() })),
});
export type Exploration = z.infer<typeof Exploration>;

/** An explorer's question with what came of it. */
export interface Explored {
  readonly question: string;
  readonly result: { readonly found: Findings } | { readonly failed: string };
}

const MAX_FILES = 40;
const MAX_NOTES = 20;

const plainPath = (path: string): string => path.replace(/^(?:\.?\/)+/, "");

/** The first of those that say the same, but for case and white space. */
function distinct(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return texts.filter((text) => {
    const key = text.toLowerCase().replace(/\s+/g, " ").trim();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Files in the order in which they matter to their finders, each finder's first before any one's second; symbols of all of them. */
function filesOf(found: readonly Findings[], exists: (path: string) => boolean): ExploredFile[] {
  const longest = Math.max(0, ...found.map(({ files }) => files.length));
  const inTurn = Array.from({ length: longest }, (_, place) => found.flatMap(({ files }) => files[place] ?? [])).flat();
  const byPath = new Map<string, ExploredFile>();
  for (const file of inTurn) {
    const path = plainPath(file.path);
    if (!exists(path)) continue;
    const known = byPath.get(path);
    const symbols = distinct([...(known?.symbols ?? []), ...file.symbols]).slice(0, MAX_NOTES);
    byPath.set(path, { path, symbols, why: known?.why ?? file.why });
  }
  return [...byPath.values()].slice(0, MAX_FILES);
}

/** All findings as one. The same findings give the same result; what does not exist at the base commit is left out. */
export function mergedExploration(
  explored: readonly Explored[],
  exists: (path: string) => boolean,
  commands: Pick<Exploration, "setup" | "tests">,
): Exploration {
  const found = explored.flatMap(({ result }) => ("found" in result ? [result.found] : []));
  return {
    answers: explored.flatMap(({ question, result }) =>
      "found" in result ? [{ question, answer: result.found.answer }] : [],
    ),
    files: filesOf(found, exists),
    conventions: distinct(found.flatMap(({ conventions }) => conventions)).slice(0, MAX_NOTES),
    unknown: distinct(found.flatMap(({ unknown }) => unknown)).slice(0, MAX_NOTES),
    ...commands,
    failed: explored.flatMap(({ question, result }) =>
      "failed" in result ? [{ question, cause: result.failed }] : [],
    ),
  };
}
