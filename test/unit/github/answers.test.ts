import nock from "nock";
import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Sha } from "../../../src/core/ids.ts";
import { createForge } from "../../../src/github/forge.ts";

/** What a real GitHub may answer and a simulator does not: late lists, cut and malformed bodies, redirects, refusals in words. */

const API = "https://api.github.com";
const REPO = "/repos/acme/hello";
const subject = { host: "github.com", installationId: 1, repositoryId: 2, owner: "acme", name: "hello", issue: 3 };
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const SHA = Sha.parse("a".repeat(40));

let slept: number[] = [];
const timeSlept = () => slept.reduce((sum, ms) => sum + ms, 0);
const makeForge = () =>
  createForge({
    appId: 99,
    privateKey,
    host: "github.com",
    userAgent: "test",
    clock: {
      now: () => Date.now() + timeSlept(),
      sleep: async (ms) => void slept.push(ms),
      newRunId: () => expect.unreachable(),
    },
  });

nock.disableNetConnect();
beforeEach(() => {
  slept = [];
  nock(API).post("/app/installations/1/access_tokens").times(9).reply(201, { token: "ghs_x" });
});
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const commentJson = (id: number, body: string) => ({
  id,
  body,
  html_url: `https://github.com/acme/hello/issues/3#issuecomment-${id}`,
  created_at: "2026-11-20T10:00:00Z",
  updated_at: "2026-11-20T10:00:00Z",
  user: { id: 5, login: "journeyman[bot]", type: "Bot" },
  performed_via_github_app: { id: 99 },
});
const issueJson = (over: object = {}) => ({
  number: 3,
  title: "t",
  body: null,
  user: null,
  state: "open",
  locked: false,
  labels: ["a", { name: "b" }],
  repository_url: `${API}${REPO}`,
  ...over,
});

describe("lists that lag", () => {
  test("D1: a comment that shows up only in the third list is adopted", async () => {
    let posted = "";
    let lists = 0;
    nock(API)
      .get(`${REPO}/issues/3/comments`)
      .query(true)
      .times(4)
      .reply(() => [200, ++lists < 4 ? [] : [commentJson(7, posted)]]);
    nock(API)
      .post(`${REPO}/issues/3/comments`, (sent: { body: string }) => {
        posted = sent.body;
        return true;
      })
      .once()
      .reply(504, "gateway timeout");
    expect(await makeForge().postComment(subject, "plan.1", "x")).toMatchObject({ id: 7, adopted: true });
    expect(slept).toEqual([2000, 5000, 10_000]);
  });

  const pull = { branch: "journeyman/a", base: "main", title: "t", body: "", draft: false };
  const refused = (error: object) => ({ message: "Validation Failed", errors: [error] });
  const unseen = [
    refused({ resource: "PullRequest", code: "custom", message: "No commits between main and journeyman/a" }),
    refused({ resource: "PullRequest", field: "head", code: "invalid" }),
  ];

  test("a branch that is not seen yet is waited for", async () => {
    nock(API).get(`${REPO}/pulls`).query(true).reply(200, []);
    for (const body of unseen) nock(API).post(`${REPO}/pulls`).reply(422, body);
    nock(API).post(`${REPO}/pulls`).reply(201, { number: 4, html_url: "u" });
    expect(await makeForge().openPullRequest(subject, pull)).toEqual({ number: 4, url: "u" });
    expect(slept).toEqual([2000, 4000]);
  });

  test("a branch that is never seen is given up after five tries", async () => {
    nock(API).get(`${REPO}/pulls`).query(true).reply(200, []);
    nock(API).post(`${REPO}/pulls`).times(5).reply(422, unseen[0]);
    await expect(makeForge().openPullRequest(subject, pull)).rejects.toMatchObject({ code: "github_forbidden" });
    expect(slept).toHaveLength(4);
  });

  test("a pull request that exists though the list did not show it is adopted; a fork's of the same name is not", async () => {
    const listed = (number: number, id: number) => ({
      number,
      html_url: `u${number}`,
      head: { ref: pull.branch, repo: { id } },
    });
    const twin = {
      resource: "PullRequest",
      code: "custom",
      message: "A pull request already exists for acme:journeyman/a.",
    };
    nock(API)
      .get(`${REPO}/pulls`)
      .query(true)
      .reply(200, [listed(4, 77)]);
    nock(API).post(`${REPO}/pulls`).once().reply(422, refused(twin));
    nock(API)
      .get(`${REPO}/pulls`)
      .query(true)
      .reply(200, [listed(4, 77), listed(5, 2)]);
    expect(await makeForge().openPullRequest(subject, pull)).toEqual({ number: 5, url: "u5" });
  });

  test("a branch that exists at another commit is taken, whatever the first look said", async () => {
    nock(API).get(`${REPO}/git/ref/heads%2Fjourneyman%2Fa`).reply(404, { message: "Not Found" });
    nock(API).post(`${REPO}/git/refs`).once().reply(422, { message: "Reference already exists" });
    const ref = { ref: "refs/heads/journeyman/a", object: { type: "commit", sha: "b".repeat(40) } };
    nock(API).get(`${REPO}/git/ref/heads%2Fjourneyman%2Fa`).reply(200, ref);
    await expect(makeForge().createBranch(subject, "journeyman/a", SHA)).rejects.toMatchObject({
      code: "branch_taken",
    });
  });
});

describe("answers that are not what they should be", () => {
  const actor = { id: 7, login: "ada", type: "User", viaApp: false };
  test.each<readonly [string, unknown]>([
    ["cut JSON", '{"permission":"admin","user":{"id"'],
    ["another shape", { permission: ["admin"], user: { id: 7 } }],
    ["a role nobody knows", { permission: "owner", user: { id: 7 } }],
    ["nothing", ""],
    ["a page of HTML", "<html>"],
  ])("S03: %s is no permission but a failure", async (_kind, body) => {
    const headers = { "content-type": "application/json" };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    nock(API).get(`${REPO}/collaborators/ada/permission`).times(3).reply(200, text, headers);
    await expect(makeForge().permission(subject, actor)).rejects.toMatchObject({ code: "github_unavailable" });
    expect(slept).toEqual([1000, 3000]);
  });

  test.each<readonly [string, unknown, string]>([
    ["a user who is not the actor", { permission: "admin", role_name: "admin", user: { id: 8 } }, "none"],
    ["no user", { permission: "admin", user: null }, "none"],
    [
      "a role that promises more than the permission",
      { permission: "read", role_name: "maintain", user: { id: 7 } },
      "read",
    ],
    ["a custom role named like a strong one", { permission: "read", role_name: "admin", user: { id: 7 } }, "read"],
    ["no role", { permission: "write", user: { id: 7 } }, "write"],
  ])("S02: %s", async (_kind, body, permission) => {
    nock(API)
      .get(`${REPO}/collaborators/ada/permission`)
      .reply(200, body as nock.Body);
    expect(await makeForge().permission(subject, actor)).toBe(permission);
  });

  test.each<readonly [number, object, Record<string, string>, object]>([
    [429, {}, {}, { code: "github_limited", retryAfterMs: 60_000 }],
    [429, {}, { "retry-after": "7" }, { code: "github_limited", retryAfterMs: 7000 }],
    [
      403,
      { message: "You have exceeded a secondary rate limit" },
      {},
      { code: "github_limited", retryAfterMs: 60_000 },
    ],
    [403, { message: "Resource not accessible by integration" }, {}, { code: "github_forbidden" }],
    [403, { message: "This installation has been suspended" }, {}, { code: "installation_gone" }],
    [451, {}, {}, { code: "github_forbidden" }],
    [410, { message: "This issue was deleted" }, {}, { code: "github_missing" }],
    [404, {}, {}, { code: "github_missing" }],
  ])("status %i %j %j", async (status, body, headers, error) => {
    nock(API).get(`${REPO}/issues/3`).once().reply(status, body, headers);
    await expect(makeForge().issue(subject)).rejects.toMatchObject(error);
    expect(slept).toEqual([]);
  });

  test("S46: what GitHub says is not repeated to people", async () => {
    nock(API).get(`${REPO}/issues/3`).reply(403, { message: "canary" });
    const thrown: unknown = await makeForge()
      .issue(subject)
      .catch((error: unknown) => error);
    expect(String(thrown)).not.toContain("canary");
  });

  test("S18: a comment is ours when our App's own account wrote it, not a person or another bot through an App", async () => {
    const ours = commentJson(1, "x");
    const through = { ...commentJson(2, "x"), user: { id: 7, login: "ada", type: "User" } };
    const other = { ...commentJson(3, "x"), performed_via_github_app: { id: 98 } };
    nock(API).get(`${REPO}/issues/3/comments`).query(true).reply(200, [ours, through, other]);
    const comments = await makeForge().comments(subject);
    expect(comments.map(({ mine, actor }) => [mine, actor.viaApp])).toEqual([
      [true, true],
      [false, true],
      [false, true],
    ]);
  });

  test("tokens are opaque, of whatever length", async () => {
    nock.cleanAll();
    const long = `ghs_99_${"x".repeat(513)}`;
    nock(API).post("/app/installations/1/access_tokens").reply(201, { token: long });
    nock(API, { reqheaders: { authorization: `token ${long}` } })
      .get(`${REPO}/issues/3`)
      .reply(200, issueJson());
    expect(await makeForge().issue(subject)).toMatchObject({ author: "ghost", body: "", labels: ["a", "b"] });
  });
});

describe("S15: an issue that moved", () => {
  test("to another repository is not ours any more", async () => {
    nock(API)
      .get(`${REPO}/issues/3`)
      .reply(301, "", { location: `${API}/repositories/9/issues/3` });
    nock(API)
      .get("/repositories/9/issues/3")
      .reply(200, issueJson({ repository_url: `${API}/repos/acme/other` }));
    nock(API).get(REPO).reply(200, { id: 2, full_name: "acme/hello" });
    await expect(makeForge().issue(subject)).rejects.toMatchObject({ code: "github_missing" });
  });

  test("with its repository under a new name is still ours", async () => {
    nock(API)
      .get(`${REPO}/issues/3`)
      .reply(301, "", { location: `${API}/repositories/2/issues/3` });
    nock(API)
      .get("/repositories/2/issues/3")
      .reply(200, issueJson({ repository_url: `${API}/repos/acme/renamed` }));
    nock(API).get(REPO).reply(200, { id: 2, full_name: "acme/renamed" });
    expect(await makeForge().issue(subject)).toMatchObject({ state: "open" });
  });
});
