import { REVIEWER_TOOLS } from "../../agent/toolsets.ts";
import type { DiffedFile } from "../../core/text/diff-text.ts";
import type { RunEvent } from "../../core/events.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import { changedFiles } from "../work/changed-files.ts";
import { conversing, NO_CHANGES } from "../talk/conversing.ts";
import { beginReview, reviewId } from "../review/reviewer.ts";
import { concludeReview } from "../review/reviewing.ts";
import type { StageContext } from "../stage.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

/** Answers that a review may take, and its share of what the run has left: a fix must be affordable afterwards. */
const BOUNDS = { turns: 30, share: 0.5 };

async function* work(
  context: StageContext,
  open: OpenWorkspace,
  files: readonly DiffedFile[],
): AsyncGenerator<RunEvent, void> {
  const conversation = reviewId(context);
  if (context.state().conversations[conversation] === undefined) yield beginReview(context, files);
  const how = {
    stage: "review",
    conversation,
    open,
    tools: REVIEWER_TOOLS,
    afterTools: NO_CHANGES,
    ...BOUNDS,
  } as const;
  const end = yield* conversing(context, how);
  const fact = concludeReview(context, end, files);
  if (fact !== null) yield fact;
}

/**
 * A fresh model looks at the tested change, in a workspace that cannot be written to. Nothing depends on it coming to its end: what stops
 * it is written down as `stage.abandoned`, and the change is published without a review.
 */
export async function* review(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await baseTree(context);
  const files = await changedFiles(context);
  yield* inWorkspace(context, { purpose: "review", base, writable: false, fromCheckpoint: true }, (open) =>
    work(context, open, files),
  );
}
