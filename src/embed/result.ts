import { publishedCheckpoint } from "../core/testing/attempts.ts";
import type { Change, FileMode } from "../core/change/change.ts";
import type { RunId } from "../core/ids.ts";
import type { RunState } from "../core/state.ts";
import type { World } from "../run/world.ts";
import { endNotice, parkedNotice } from "../views/notice.ts";
import { pullRequestBody, pullRequestTitle } from "../views/pull-request.ts";

/**
 * How far a run came. Besides the ends of a run: `asked` has a question without an answer, `undecided` a plan without a decision,
 * `held_up` waits for something that only a person can mend, `let_go` was told to stop by the signal. These four go on when `run` is
 * called again with the same journal.
 */
export type End =
  /** A fork that shows nothing to GitHub came to its end with a change that passed. */
  | "unpublished"
  /** It goes on as another run, because somebody wanted it begun anew from a stage. */
  | "superseded"
  | "pull_request"
  | "draft"
  | "failed"
  | "rejected"
  | "cancelled"
  | "refused"
  | "asked"
  | "undecided"
  | "held_up"
  | "let_go";

export interface ResultFile {
  readonly path: string;
  readonly status: Change["status"];
  /** Null for a deleted file. */
  readonly content: { readonly mode: FileMode; readonly bytes: Uint8Array } | null;
}

export interface RunResult {
  readonly run: RunId;
  readonly end: End;
  /** Why it ended so, in Markdown for a person; empty with a pull request. */
  readonly reason: string;
  readonly questions: readonly string[];
  /** The fold of all facts. */
  readonly state: RunState;
  /** The files that differ from the base: those published, else those kept with the run. */
  readonly change: readonly ResultFile[];
  readonly pullRequest: {
    readonly number: number;
    readonly url: string;
    readonly branch: string;
    readonly title: string;
    readonly body: string;
  } | null;
}

async function filesOf(world: World, state: RunState): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  for (const change of publishedCheckpoint(state)?.changes ?? []) {
    const { path, status } = change;
    const content =
      change.status === "deleted" ? null : { mode: change.mode, bytes: await world.artifacts.get(change.artifact) };
    files.push({ path, status, content });
  }
  return files;
}

function pullRequestOf(world: World, state: RunState): RunResult["pullRequest"] {
  if (state.pullRequest === null) return null;
  const { number, url, branch } = state.pullRequest;
  return { number, url, branch, title: pullRequestTitle(state), body: pullRequestBody(state, world.view) };
}

/** `reason` is said instead of what the state says. Throws `artifact_missing`. */
export async function resultOf(world: World, state: RunState, how: { end: End; reason?: string }): Promise<RunResult> {
  const { end, reason } = how;
  return {
    run: state.run,
    end,
    reason: reason ?? (state.outcome === null ? parkedNotice(state) : endNotice(state)),
    questions: end === "asked" ? (state.question?.questions ?? []) : [],
    state,
    change: await filesOf(world, state),
    pullRequest: pullRequestOf(world, state),
  };
}
