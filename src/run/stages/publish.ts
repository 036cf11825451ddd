import { publishedCheckpoint } from "../../core/testing/attempts.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { branchName, Sha } from "../../core/ids.ts";
import { mayWrite } from "../../core/subject.ts";
import { pullRequestBody, pullRequestTitle } from "../../views/pull-request.ts";
import { commitSpec, judge } from "../work/checked-change.ts";
import { assertLease } from "../run-log.ts";
import { intakeOf, required, type StageContext, subjectOf } from "../stage.ts";
import { checkpointBytes } from "../workspace.ts";

/*
 * From checked bytes to a pull request. Invariants: (1) the bytes that policy judged are the buffers that are committed, read once from
 * the artifact store and verified against their hash there; (2) the approval is looked up again before the first write;
 * (3) every write is intended, done by its natural key, and written down.
 */

const withdrawn = (login: string, reason: string): JourneymanError =>
  new JourneymanError("approval_withdrawn", { login, reason });

/** The person who approved still may, and the comment that said so still stands as it was posted. */
async function assertApproval(context: StageContext): Promise<void> {
  const { forge } = context.world;
  const subject = subjectOf(context);
  const approval = required(context.state().approval, "approval");
  const { login } = approval.by;
  if (!mayWrite(await forge.permission(subject, approval.by))) throw withdrawn(login, "no write access any more");
  const command = context.state().answered.find((answered) => answered.index === approval.command);
  if (!command?.comment) return;
  const live = await forge.comment(subject, command.comment.id);
  if (live === null) throw withdrawn(login, "the approving comment was deleted");
  if (live.createdAt !== live.updatedAt) throw withdrawn(login, "the approving comment was edited");
}

interface Shown {
  readonly remoteId: string;
  readonly url: string;
}

/**
 * Intent, effect, done. What is done is not done again; what was only intended is, because the effect finds what it did before. A run that
 * is being stopped begins no further effect.
 */
async function* effect(
  context: StageContext,
  kind: string,
  act: () => Promise<Shown>,
): AsyncGenerator<RunEvent, Shown> {
  const before = context.state().effects[kind];
  if (before) return before;
  if (before === undefined) yield { type: "effect.intended", key: kind, kind };
  context.signal.throwIfAborted();
  await assertLease(context.world, context.log);
  context.world.failpoint(`effect.before:${kind}`);
  const { remoteId, url } = await act();
  context.world.failpoint(`effect.after:${kind}`);
  yield { type: "effect.done", key: kind, kind, remoteId, url };
  return { remoteId, url };
}

async function* openPullRequest(context: StageContext, head: Sha, draft: boolean): AsyncGenerator<RunEvent, void> {
  const { world, log, state } = context;
  const subject = subjectOf(context);
  const branch = branchName(log.claim.run, subject.issue);
  yield* effect(context, "branch", async () => {
    await world.forge.createBranch(subject, branch, head);
    return { remoteId: branch, url: "" };
  });
  const spec = {
    branch,
    base: intakeOf(context).baseBranch,
    title: pullRequestTitle(state()),
    body: pullRequestBody(state(), world.view),
    draft,
  };
  const opened = yield* effect(context, "pull_request", async () => {
    const { number, url } = await world.forge.openPullRequest(subject, spec);
    return { remoteId: String(number), url };
  });
  yield { type: "pull_request.opened", number: Number(opened.remoteId), url: opened.url, headSha: head, branch, draft };
  yield { type: "run.finished", outcome: draft ? "draft" : "pull_request", code: null, details: {} };
}

/** Checks the bytes that passed last, commits exactly them, opens the pull request. */
export async function* publish(context: StageContext): AsyncGenerator<RunEvent, void> {
  const { world, state } = context;
  const subject = subjectOf(context);
  await assertApproval(context);
  const checkpoint = publishedCheckpoint(state());
  const loaded = await checkpointBytes(context, checkpoint);
  const checked = await judge(context, loaded, checkpoint?.refused ?? []);
  yield checked;
  if (checked.verdict === "refused")
    throw new JourneymanError("change_refused", { reasons: checked.reasons.join("; ") });
  if (loaded.length === 0) throw new JourneymanError("change_empty");
  const commit = yield* effect(context, "commit", async () => {
    const { sha } = await world.forge.commit(subject, commitSpec(context, loaded));
    return { remoteId: sha, url: "" };
  });
  yield* openPullRequest(context, Sha.parse(commit.remoteId), state().green === null);
}
