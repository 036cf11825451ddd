import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asApp, asInstallation, mint, octokit, refusal, withToken } from "../support/github/client.ts";
import type { RepositoryHandle } from "../support/github/people.ts";
import { type Github, startGithub } from "../support/github/server.ts";

const repo = { owner: "acme", repo: "shop" };
let github: Github;
let shop: RepositoryHandle;

beforeEach(async () => {
  github = await startGithub();
  shop = await github.repository({ name: "shop", files: { "README.md": "# Shop\n", "src/price.js": "export {};\n" } });
  github.user("ada", { permission: "write" });
});
afterEach(async () => {
  await github.stop();
  expect(github.faults).toEqual([]);
});

test("a JWT signed with another key is refused", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" });
  const forged = octokit(github, { appId: github.app.id, privateKey: pem });
  expect(await refusal(forged.rest.apps.getAuthenticated())).toEqual([401, expect.stringContaining("decoded")]);
});

test("S26 the body that mints a token is recorded, and the token gets 404 on any second repository", async () => {
  await github.repository({ name: "vault" });
  const scope = { repository_ids: [shop.id], permissions: { contents: "read", issues: "write" } };
  const octokit = withToken(github, await mint(github, scope));
  expect((await octokit.rest.repos.get(repo)).data.id).toBe(shop.id);
  expect(await refusal(octokit.rest.repos.get({ owner: "acme", repo: "vault" }))).toEqual([
    404,
    expect.stringContaining("Not Found"),
  ]);
  expect(github.tokens.map((token) => token.request)).toEqual([scope]);
  expect(github.tokens[0]?.value).toMatch(/^ghs_\w{36}$/);
});

test("a token may do what was asked for it, and nothing else", async () => {
  const octokit = withToken(github, await mint(github, { permissions: { contents: "read" } }));
  const sha = await shop.headSha();
  expect((await octokit.rest.git.getRef({ ...repo, ref: "heads/main" })).data.object.sha).toBe(sha);
  const refused = [403, expect.stringContaining("Resource not accessible by integration")];
  expect(await refusal(octokit.rest.git.createRef({ ...repo, ref: "refs/heads/x", sha }))).toEqual(refused);
  expect(await refusal(octokit.rest.issues.listForRepo(repo))).toEqual(refused);
});

test("a token cannot be wider than the App", async () => {
  expect((await refusal(mint(github, { permissions: { administration: "write" } })))[0]).toBe(422);
  expect((await refusal(mint(github, { repository_ids: [1] })))[0]).toBe(422);
});

test("a token ends after an hour, when it is given back, and while the installation is suspended", async () => {
  const [aged, returned] = [withToken(github, await mint(github)), withToken(github, await mint(github))];
  await returned.rest.apps.revokeInstallationAccessToken();
  expect((await refusal(returned.rest.repos.get(repo)))[0]).toBe(401);
  expect(github.tokens[1]?.revokedAt).not.toBeNull();
  github.suspendInstallation(shop);
  expect((await refusal(aged.rest.repos.get(repo)))[0]).toBe(403);
  github.unsuspendInstallation(shop);
  expect((await aged.rest.repos.get(repo)).status).toBe(200);
  github.advance(3_600_001);
  expect((await refusal(aged.rest.repos.get(repo)))[0]).toBe(401);
});

test("the App's clock may be wrong by hours: the client mends its JWT from GitHub's answer", async () => {
  github.advance(7_200_000);
  expect((await asApp(github).rest.apps.getAuthenticated()).data).toMatchObject({
    id: github.app.id,
    permissions: { contents: "write" },
    events: ["issues", "issue_comment", "pull_request"],
  });
});

test("after the installation is removed its tokens are void and none is minted", async () => {
  const octokit = withToken(github, await mint(github));
  github.removeInstallation(shop);
  expect((await refusal(octokit.rest.repos.get(repo)))[0]).toBe(401);
  expect((await refusal(mint(github)))[0]).toBe(404);
});

test("S02 a role is answered with its legacy permission and its own name", async () => {
  const roles = ["none", "read", "triage", "write", "maintain", "admin", "auditor:read", "releaser:write"] as const;
  const answers: string[] = [];
  for (const role of roles) {
    github.setPermission(shop, "bob", role);
    const { data } = await asInstallation(github).rest.repos.getCollaboratorPermissionLevel({
      ...repo,
      username: "bob",
    });
    answers.push(`${data.permission} ${data.role_name} ${data.user?.login}`);
  }
  expect(answers).toEqual([
    "none  bob",
    "read read bob",
    "read triage bob",
    "write write bob",
    "write maintain bob",
    "admin admin bob",
    "read auditor bob",
    "write releaser bob",
  ]);
});
