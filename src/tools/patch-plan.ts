import { applyHunks, type Applied } from "../core/patch/apply.ts";
import type { FilePatch } from "../core/patch/hunk.ts";
import type { ToolContext } from "./context.ts";
import { placeToWrite } from "./place.ts";
import { looseness, problemOf } from "./patch-problem.ts";
import type { Step } from "./patch-steps.ts";
import { textFile, type TextFile } from "./text-file.ts";

/** What one file of a patch comes to: the steps it needs and a line for the result, or what is wrong with it. */
export type FilePlan =
  | { readonly kind: "ready"; readonly steps: readonly Step[]; readonly said: string }
  | { readonly kind: "wrong"; readonly problems: readonly object[] };

/** Beyond this a changed file could not be published anyway. */
const MAX_BYTES = 1_048_576;

const wrong = (...problems: readonly object[]): FilePlan => ({ kind: "wrong", problems });

/** Reads, and writes nothing. */
export async function planFile(file: FilePatch, context: ToolContext): Promise<FilePlan> {
  if (file.from === null && file.to !== null) return await planNew(file, file.to, context);
  if (file.from === null) return wrong({ problem: "no file is named" });
  const found = await textFile(file.from, MAX_BYTES, context);
  if (found.kind !== "text") return wrong(toProblem(file.from, found));
  const applied = applyHunks(found.text, file.hunks);
  if (applied.kind === "unfitted") return wrong(...applied.unfitted.map((one) => problemOf(found.path, one)));
  if (file.to === null) return planRemoval(found, file, applied.text);
  const place = placeToWrite(file.to);
  if (place.kind === "refused") return wrong(toProblem(file.to, place.outcome));
  const before = Buffer.from(found.text);
  const write = { kind: "write", path: place.path, bytes: Buffer.from(applied.text), before } as const;
  const hunks = hunksSaid(file, applied);
  if (place.path === found.path) return { kind: "ready", steps: [write], said: `${place.path}: ${hunks}` };
  if (await isThere(place.path, context)) return wrong(exists(place.path));
  const move = { kind: "move", from: found.path, to: place.path } as const;
  const steps = file.hunks.length === 0 ? [move] : [move, write];
  return { kind: "ready", steps, said: `${found.path} → ${place.path}: renamed, ${hunks}` };
}

async function planNew(file: FilePatch, path: string, context: ToolContext): Promise<FilePlan> {
  const place = placeToWrite(path);
  if (place.kind === "refused") return wrong(toProblem(path, place.outcome));
  if (await isThere(place.path, context)) return wrong(exists(place.path));
  const applied = applyHunks("", file.hunks);
  if (applied.kind === "unfitted") {
    return wrong({ path, problem: "a new file has added lines only", suggestion: "Begin each of its lines with `+`." });
  }
  const steps = [{ kind: "write", path: place.path, bytes: Buffer.from(applied.text), before: null }] as const;
  const mode = file.executable ? "; not executable yet: use chmod +x" : "";
  return { kind: "ready", steps, said: `${place.path}: created${mode}` };
}

/** A file goes whole, or not at all: what the patch does not show may not be lost. */
function planRemoval({ path, text }: TextFile, { hunks }: FilePatch, left: string): FilePlan {
  if (hunks.length > 0 && left !== "") {
    const suggestion = "Show all of its lines as removed, or none, to remove the file.";
    return wrong({
      path,
      problem: `${left.split("\n").length} lines would be left of a file that shall go`,
      suggestion,
    });
  }
  return { kind: "ready", steps: [{ kind: "remove", path, before: Buffer.from(text) }], said: `${path}: removed` };
}

function hunksSaid({ hunks }: FilePatch, { fitted }: Extract<Applied, { kind: "applied" }>): string {
  const notes = fitted.map(looseness).filter((note) => note !== null);
  const count = hunks.length === 1 ? "1 hunk" : `${hunks.length} hunks`;
  return notes.length === 0 ? count : `${count} (${notes.join(". ")})`;
}

async function isThere(path: string, { workspace, signal }: ToolContext): Promise<boolean> {
  return (await workspace.readFile(path, 0, signal)).kind !== "missing";
}

const exists = (path: string): object => ({
  path,
  problem: "a file of this name exists",
  suggestion: "Change it with hunks against its text, or choose another name.",
});

/** A failure of another tool's making as one problem of many. */
const toProblem = (path: string, outcome: object): object =>
  "content" in outcome && typeof outcome.content === "string"
    ? { path, ...(JSON.parse(outcome.content) as object) }
    : { path, problem: "it could not be read" };
