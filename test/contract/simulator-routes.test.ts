import { afterEach, beforeEach, expect, test } from "vitest";
import { asApp, asInstallation, mint, withToken } from "../support/github/client.ts";
import type { RepositoryHandle } from "../support/github/people.ts";
import { ROUTES } from "../support/github/router.ts";
import { type Github, startGithub } from "../support/github/server.ts";
import { OPERATIONS } from "../support/github/validation.ts";

const repo = { owner: "acme", repo: "shop" };
const branch = "journeyman/issue-1";

let github: Github;
let shop: RepositoryHandle;

beforeEach(async () => {
  github = await startGithub({ events: ["issues", "issue_comment", "pull_request", "push"] });
  shop = await github.repository({ name: "shop", files: { "README.md": "# Shop\n", "src/price.js": "1\n" } });
  const issue = github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "Wrong" });
  github.label(issue, "ada", "journeyman");
});
afterEach(async () => {
  await github.stop();
});

async function askApp(): Promise<void> {
  const { request, rest } = asApp(github);
  const { installationId: installation_id } = github.app;
  // Nothing listens there: the delivery fails, and is remembered. As a parameter, `url` would replace the request's own.
  await request("PATCH /app/hook/config", { data: { url: "http://127.0.0.1:9/" } });
  github.comment({ repository: shop, number: 1 }, "ada", "Hello");
  await github.webhooks.settled();
  await rest.apps.getAuthenticated();
  await rest.apps.listInstallations();
  await rest.apps.getInstallation({ installation_id });
  await rest.apps.getRepoInstallation(repo);
  await rest.apps.getWebhookConfigForApp();
  const { data } = await rest.apps.listWebhookDeliveries();
  const delivery_id = data[0]?.id ?? 0;
  await rest.apps.getWebhookDelivery({ delivery_id });
  await rest.apps.redeliverWebhookDelivery({ delivery_id });
}

async function askIssues(): Promise<void> {
  const { issues, reactions } = asInstallation(github).rest;
  const one = { ...repo, issue_number: 1 };
  const { data } = await issues.createComment({ ...one, body: "On it" });
  const comment = { ...repo, comment_id: data.id };
  await issues.getComment(comment);
  await issues.updateComment({ ...comment, body: "Done" });
  await issues.listComments(one);
  await reactions.createForIssueComment({ ...comment, content: "rocket" });
  await reactions.listForIssueComment(comment);
  await reactions.createForIssue({ ...one, content: "eyes" });
  await reactions.listForIssue(one);
  await issues.deleteComment(comment);
  await issues.addLabels({ ...one, labels: ["bug"] });
  await issues.listLabelsOnIssue(one);
  await issues.removeLabel({ ...one, name: "bug" });
  await issues.listEvents(one);
  await issues.update({ ...one, title: "Prices are wrong", state: "closed" });
  await issues.get(one);
  await issues.listForRepo({ ...repo, state: "all" });
}

/** A branch with one commit, a pull request and a check run. Answers the commit. */
async function askGit(): Promise<string> {
  const { checks, git, pulls } = asInstallation(github).rest;
  const base_tree = await shop.headSha();
  const blob = await git.createBlob({ ...repo, content: "2\n" });
  await git.getBlob({ ...repo, file_sha: blob.data.sha });
  const entry = { path: "src/price.js", mode: "100644", type: "blob", sha: blob.data.sha } as const;
  const tree = await git.createTree({ ...repo, base_tree, tree: [entry] });
  await git.getTree({ ...repo, tree_sha: tree.data.sha, recursive: "1" });
  const spec = { message: "Mend prices", tree: tree.data.sha, parents: [base_tree] };
  const { sha } = (await git.createCommit({ ...repo, ...spec })).data;
  await git.getCommit({ ...repo, commit_sha: sha });
  await git.createRef({ ...repo, ref: `refs/heads/${branch}`, sha: base_tree });
  await git.updateRef({ ...repo, ref: `heads/${branch}`, sha });
  await git.getRef({ ...repo, ref: `heads/${branch}` });
  await git.listMatchingRefs({ ...repo, ref: "heads/journeyman/" });
  const pull = { ...repo, pull_number: 2 };
  await pulls.create({ ...repo, head: branch, base: "main", title: "Mend prices", body: "Closes #1", draft: true });
  await pulls.get(pull);
  await pulls.update({ ...pull, title: "Mend the prices" });
  await pulls.list({ ...repo, head: `acme:${branch}`, state: "all" });
  const run = await checks.create({ ...repo, name: "journeyman", head_sha: sha, status: "in_progress" });
  const output = { title: "Tests pass", summary: "9 of 9" };
  await checks.update({ ...repo, check_run_id: run.data.id, conclusion: "success", output });
  await checks.get({ ...repo, check_run_id: run.data.id });
  await checks.listForRef({ ...repo, ref: branch });
  await git.deleteRef({ ...repo, ref: `heads/${branch}` });
  return sha;
}

async function askRepository(sha: string): Promise<void> {
  const octokit = asInstallation(github);
  const { apps, meta, rateLimit, repos, users } = octokit.rest;
  await repos.get(repo);
  await repos.listBranches(repo);
  await repos.getBranch({ ...repo, branch: "main" });
  await repos.getCommit({ ...repo, ref: sha });
  for (const path of ["", "src", "README.md"]) await repos.getContent({ ...repo, path });
  await repos.getCollaboratorPermissionLevel({ ...repo, username: "ada" });
  await users.getByUsername({ username: "ada" });
  await meta.get();
  await rateLimit.get();
  await apps.listReposAccessibleToInstallation();
  await withToken(github, await mint(github)).rest.apps.revokeInstallationAccessToken();
}

test("every operation of the extract has a route, and every route is in the extract", () => {
  expect(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(OPERATIONS.toSorted());
});

test("every route answers as GitHub's own description says", async () => {
  await askApp();
  await askIssues();
  await askRepository(await askGit());
  const answered = github.requests.filter(({ status }) => status !== null && status < 300);
  const seen = new Set(answered.map(({ method, route }) => `${method} ${String(route)}`));
  expect(OPERATIONS.filter((operation) => !seen.has(operation))).toEqual([]);
  expect(github.faults).toEqual([]);
});
