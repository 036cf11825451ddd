import { publishedCheckpoint } from "../../core/testing/attempts.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { branchName, Sha } from "../../core/ids.ts";
import { partsOf, pullRequestText } from "../../views/pull-request.ts";
import { assertApproval } from "../work/approval.ts";
import { commitSpec, judge } from "../work/checked-change.ts";
import { effect, type Shown } from "../work/effect.ts";
import { intakeOf, type StageContext, subjectOf } from "../stage.ts";
import { checkpointBytes } from "../workspace.ts";

/*
 * From checked bytes to a pull request. Invariants: (1) the bytes that policy judged are the buffers that are committed, read once from
 * the artifact store and verified against their hash there; (2) the approval is looked up again before the first write;
 * (3) every write is intended, done by its natural key, and written down; (4) the pull request's text is rendered once, at its intent.
 */

type Loaded = Awaited<ReturnType<typeof checkpointBytes>>;

async function* openPullRequest(context: StageContext, head: Sha, draft: boolean): AsyncGenerator<RunEvent, void> {
  const { world, log, state } = context;
  const subject = subjectOf(context);
  const branch = branchName(log.claim.run, subject.issue);
  const { baseBranch: base } = intakeOf(context);
  const make = async (): Promise<Shown> => {
    await world.forge.createBranch(subject, branch, head);
    return { remoteId: branch, url: "" };
  };
  const open = async (text: string): Promise<Shown> => {
    const { number, url } = await world.forge.openPullRequest(subject, { branch, base, ...partsOf(text), draft });
    return { remoteId: String(number), url };
  };
  yield* effect(context, { kind: "branch", act: make });
  const text = (): string => pullRequestText(state(), world.view);
  const opened = yield* effect(context, { kind: "pull_request", text, act: open });
  yield { type: "pull_request.opened", number: Number(opened.remoteId), url: opened.url, headSha: head, branch, draft };
  yield { type: "run.finished", outcome: draft ? "draft" : "pull_request", code: null, details: {} };
}

/** A fork that shows nothing comes as far as this: all that would be written is made, and nothing is written. */
function* keepBack(context: StageContext, loaded: Loaded, draft: boolean): Generator<RunEvent> {
  const { world, state } = context;
  const { files, deleted } = commitSpec(context, loaded);
  const { title } = partsOf(pullRequestText(state(), world.view));
  const as = draft ? "draft" : "pull_request";
  const details = { as, title, files: files.length + deleted.length };
  yield { type: "run.finished", outcome: "unpublished", code: null, details };
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
  if (state().fork?.publish === false) return yield* keepBack(context, loaded, state().green === null);
  const make = async (): Promise<Shown> => {
    const { sha } = await world.forge.commit(subject, commitSpec(context, loaded));
    return { remoteId: sha, url: "" };
  };
  const commit = yield* effect(context, { kind: "commit", act: make });
  yield* openPullRequest(context, Sha.parse(commit.remoteId), state().green === null);
}
