import { afterEach, expect, test } from "vitest";
import { JourneymanError } from "../../src/core/errors.ts";
import { commitOn, stageOnGithub } from "../support/forge-stage.ts";
import { asInstallation } from "../support/github/client.ts";

const setStage = stageOnGithub();
let faults: readonly string[] = [];
const stage = async () => {
  const set = await setStage();
  faults = set.github.faults;
  return set;
};
afterEach(() => expect(faults).toEqual([]));

const lost = (): void => {
  throw new JourneymanError("lease_lost");
};

/** A guard that lets so many requests leave, as if the process were frozen after them for longer than its lease. */
function frozenAfter(requests: number): () => void {
  let left = requests;
  return () => {
    left -= 1;
    if (left < 0) lost();
  };
}

const writes = (sent: (method: string) => readonly string[]): readonly string[] =>
  ["POST", "PATCH", "DELETE"].flatMap((method) => sent(method));

test("D4 between looking a write up and doing it the lease is asked again: what was frozen in between does nothing", async () => {
  const { subject, repo, forge, sent } = await stage();
  const spec = await commitOn(repo);
  const { sha } = await forge.commit(subject, spec);
  const before = writes(sent).length;
  const pull = { branch: "journeyman/1", base: "main", title: "Mend", body: "", draft: false };
  const frozen = () => {
    const leased = forge.leased?.(frozenAfter(1));
    expect(leased).toBeDefined();
    return leased ?? forge;
  };
  await expect(frozen().postComment(subject, "plan.1", "Plan")).rejects.toMatchObject({ code: "lease_lost" });
  await expect(frozen().createBranch(subject, "journeyman/1", sha)).rejects.toMatchObject({ code: "lease_lost" });
  await expect(frozen().openPullRequest(subject, pull)).rejects.toMatchObject({ code: "lease_lost" });
  await expect(frozen().commit(subject, spec)).rejects.toMatchObject({ code: "lease_lost" });
  expect(writes(sent).slice(before)).toEqual([]);
});

test("D4 without a lease not even an edit or a reaction leaves", async () => {
  const { subject, forge, sent } = await stage();
  const { id } = await forge.postComment(subject, "status", "Working");
  const before = writes(sent).length;
  const leased = forge.leased?.(lost) ?? forge;
  const edit = leased.editComment(subject, id, { marker: "status", body: "Old news" });
  await expect(edit).rejects.toMatchObject({ code: "lease_lost" });
  await expect(leased.react(subject, id, "eyes")).rejects.toMatchObject({ code: "lease_lost" });
  expect(writes(sent).slice(before)).toEqual([]);
});

test("tokens are given back when the last run on a repository has no use for them", async () => {
  const { github, subject, forge } = await stage();
  const [one, other] = [forge.leased?.(() => {}), forge.leased?.(() => {})];
  await one?.issue(subject);
  await other?.issue(subject);
  const given = () => github.tokens.filter(({ repositoryIds }) => repositoryIds?.includes(subject.repositoryId));
  expect(given()).toHaveLength(1);
  await one?.revoke(subject);
  expect(given()[0]?.revokedAt, "the other run still works with it").toBeNull();
  await other?.issue(subject);
  await other?.revoke(subject);
  expect(given()[0]?.revokedAt).not.toBeNull();
  expect(given(), "no further token was needed").toHaveLength(1);
});

test("of comments with the same marker the known one stays, else the oldest; nobody else's is touched", async () => {
  const { github, subject, issue, forge } = await stage();
  const rest = asInstallation(github).rest.issues;
  const at = { owner: subject.owner, repo: subject.name };
  const bodyOf = async (id: number): Promise<string> =>
    (await rest.getComment({ ...at, comment_id: id })).data.body ?? "";
  const twinOf = async (id: number): Promise<number> =>
    (await rest.createComment({ ...at, issue_number: subject.issue, body: await bodyOf(id) })).data.id;
  const plan = await forge.postComment(subject, "plan.1", "Plan");
  const status = await forge.postComment(subject, "status.1", "Working");
  const laterPlan = await twinOf(plan.id);
  const laterStatus = await twinOf(status.id);
  const forged = github.comment(issue, "ada", await bodyOf(plan.id));
  await forge.removeTwins?.(subject, new Set([laterStatus]));
  const left = github.comments(issue).map(({ id }) => id);
  expect(left).toEqual([plan.id, laterStatus, forged]);
  expect(left).not.toContain(laterPlan);
  await forge.removeTwins?.(subject, new Set());
  expect(github.comments(issue)).toHaveLength(3);
});
