import type { ToolContext } from "./context.ts";

/*
 * The writes of a patch, in an order that can be taken back: files move first (they keep their mode), then they are written, and what goes
 * is removed last. A step that fails is taken back with those before it.
 */

export type Step =
  | { readonly kind: "move"; readonly from: string; readonly to: string }
  /** `before` is null for a file that was not there. */
  | { readonly kind: "write"; readonly path: string; readonly bytes: Uint8Array; readonly before: Uint8Array | null }
  | { readonly kind: "remove"; readonly path: string; readonly before: Uint8Array };

export interface Stopped {
  readonly path: string;
  readonly reason: string;
  /** Whether every file is again as it was. */
  readonly takenBack: boolean;
}

const ORDER = { move: 0, write: 1, remove: 2 } as const;

/** Null when all is written. */
export async function takeSteps(steps: readonly Step[], context: ToolContext): Promise<Stopped | null> {
  const taken: Step[] = [];
  for (const step of steps.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind])) {
    const reason = await take(step, context);
    if (reason === null) {
      taken.push(step);
      continue;
    }
    let takenBack = true;
    for (const done of taken.toReversed()) takenBack = (await take(reverse(done), context)) === null && takenBack;
    return { path: step.kind === "move" ? step.to : step.path, reason, takenBack };
  }
  return null;
}

function reverse(step: Step): Step {
  if (step.kind === "move") return { kind: "move", from: step.to, to: step.from };
  if (step.kind === "write" && step.before === null) return { kind: "remove", path: step.path, before: step.bytes };
  return { kind: "write", path: step.path, bytes: step.before ?? new Uint8Array(), before: null };
}

const MOVE = 'mkdir -p "$(dirname "./$2")" && mv -T -n "./$1" "./$2" && ! test -e "./$1"';

/** Why it failed, or null. */
async function take(step: Step, { workspace, signal }: ToolContext): Promise<string | null> {
  if (step.kind === "write") {
    const written = await workspace.writeFile(step.path, step.bytes, signal);
    return written.kind === "failed" ? written.reason : null;
  }
  const argv = step.kind === "remove" ? ["rm", "--", step.path] : ["sh", "-c", MOVE, "sh", step.from, step.to];
  const { exitCode, ended, stdout } = await workspace.run({ argv, timeoutMs: 30_000 }, signal);
  if (exitCode === 0) return null;
  const said = Buffer.from(stdout.head).toString().trim().slice(0, 300);
  return said === "" ? `it ended with ${ended}` : said;
}
