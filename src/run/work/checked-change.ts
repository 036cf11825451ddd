import type { RefusedEntry } from "../../core/change/change.ts";
import type { EventOf } from "../../core/events.ts";
import { judgeChange } from "../../core/change/policy.ts";
import type { CommitSpec } from "../../ports/forge.ts";
import { commitMessage } from "../../views/pull-request.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";
import { baseTree, type checkpointBytes } from "../workspace.ts";

/*
 * The policy's verdict and the commit are made from the same buffers: there is no second read in between.
 */

type Loaded = Awaited<ReturnType<typeof checkpointBytes>>;

/** The base commit's text of every modified file: what stood there before is not held against the change. */
async function textsBefore(context: StageContext, loaded: Loaded): Promise<ReadonlyMap<string, Uint8Array>> {
  const base = await baseTree(context);
  const modified = loaded.filter(({ change }) => change.status === "modified");
  const texts = modified.map(async ({ change }): Promise<[string, Uint8Array][]> => {
    const text = await context.world.trees.text(base, change.path);
    return text === null ? [] : [[change.path, Buffer.from(text)]];
  });
  return new Map((await Promise.all(texts)).flat());
}

/** What policy says of the very bytes that would be committed, and of what their checkpoint left out. */
export async function judge(
  context: StageContext,
  loaded: Loaded,
  refused: readonly RefusedEntry[],
): Promise<EventOf<"change.checked">> {
  const before = await textsBefore(context, loaded);
  const changes = loaded.map(({ change }) => change);
  const files = loaded.flatMap(({ change, bytes }) => {
    if (change.status === "deleted") return [];
    const text = before.get(change.path);
    return [{ ...change, bytes: required(bytes, "bytes"), ...(text !== undefined && { before: text }) }];
  });
  const deleted = changes.filter((change) => change.status === "deleted").map((change) => change.path);
  const protectedGlobs = intakeOf(context).settings.paths.protected;
  const verdict = judgeChange({ files, deleted, refused, protectedGlobs });
  return {
    type: "change.checked",
    changes,
    refused: [...refused],
    verdict: verdict.verdict,
    reasons: [...verdict.reasons],
    sensitive: [...verdict.sensitive],
  };
}

/** The commit of these bytes. Its date comes from the run, so that a repeat gives the same commit. */
export function commitSpec(context: StageContext, loaded: Loaded): CommitSpec {
  const state = context.state();
  return {
    baseSha: intakeOf(context).baseSha,
    message: commitMessage(state),
    date: state.startedAt,
    files: loaded.flatMap(({ change, bytes }) =>
      change.status === "deleted" ? [] : [{ path: change.path, mode: change.mode, bytes: required(bytes, "bytes") }],
    ),
    deleted: loaded.flatMap(({ change }) => (change.status === "deleted" ? [change.path] : [])),
  };
}
