import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asInstallation, refusal } from "../support/github/client.ts";
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
});

describe("issues", () => {
  test("every comment is reached through pages, oldest first", async () => {
    const issue = github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "They are wrong" });
    const bodies = Array.from({ length: 7 }, (_, index) => `comment ${index}`);
    for (const body of bodies) github.comment(issue, "ada", body);
    const octokit = asInstallation(github);
    const path = octokit.rest.issues.listComments;
    const all = await octokit.paginate(path, { ...repo, issue_number: issue.number, per_page: 3 });
    expect(all.map((comment) => comment.body)).toEqual(bodies);
    expect(github.requests.filter(({ route }) => route?.endsWith("/comments")).map(({ query }) => query)).toEqual([
      "?per_page=3",
      "?per_page=3&page=2",
      "?per_page=3&page=3",
    ]);
  });

  test("what the App writes is a bot's, and a reaction counts once", async () => {
    const issue = github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "They are wrong" });
    const { issues, reactions } = asInstallation(github).rest;
    const { data } = await issues.createComment({ ...repo, issue_number: issue.number, body: "On it" });
    await issues.updateComment({ ...repo, comment_id: data.id, body: "Done" });
    const eyes = { ...repo, comment_id: data.id, content: "eyes" } as const;
    expect((await reactions.createForIssueComment(eyes)).status).toBe(201);
    expect((await reactions.createForIssueComment(eyes)).status).toBe(200);
    expect(github.comments(issue)).toMatchObject([
      {
        body: "Done",
        author: "journeyman[bot]",
        authorType: "Bot",
        viaApp: true,
        reactions: [{ content: "eyes", user: "journeyman[bot]" }],
      },
    ]);
  });

  test("a comment longer than GitHub takes is refused", async () => {
    const issue = github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "" });
    const post = asInstallation(github).rest.issues.createComment({
      ...repo,
      issue_number: issue.number,
      body: "x".repeat(65_537),
    });
    expect(await refusal(post)).toEqual([422, expect.stringContaining("too long")]);
  });

  test("an unchanged answer is 304 to whoever names its ETag", async () => {
    const octokit = asInstallation(github);
    const { headers } = await octokit.rest.repos.get(repo);
    const again = octokit.rest.repos.get({ ...repo, headers: { "if-none-match": headers.etag ?? "" } });
    expect((await refusal(again))[0]).toBe(304);
    expect(Number(headers["x-ratelimit-remaining"])).toBeLessThan(5000);
  });
  afterEach(() => expect(github.faults).toEqual([]));
});

describe("injected failures", () => {
  const post = () => asInstallation(github).rest.issues.createComment({ ...repo, issue_number: 1, body: "Hello" });
  const comments = () => github.comments({ repository: shop, number: 1 });
  const match = { method: "POST", route: /\/issues\/\d+\/comments$/ };
  beforeEach(() => {
    github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "" });
  });

  test("an error before the effect leaves nothing", async () => {
    const fault = github.fault({ match, kind: "error_before" });
    expect((await refusal(post()))[0]).toBe(502);
    expect([comments().length, fault.hits]).toEqual([0, 1]);
    await post();
    expect(comments()).toHaveLength(1);
  });

  test("an error after the effect, and a cut connection, leave the effect", async () => {
    github.fault({ match, kind: "error_after", status: 504 });
    expect((await refusal(post()))[0]).toBe(504);
    github.fault({ match, kind: "reset_after" });
    expect((await refusal(post()))[0]).toBe(500);
    expect(comments()).toHaveLength(2);
    const seen = github.requests.filter(({ method, route }) => method === "POST" && route?.endsWith("/comments"));
    expect(seen.map(({ status, effect }) => [status, effect])).toEqual([
      [504, 201],
      [null, 201],
    ]);
  });

  test("limits say how long to wait", async () => {
    github.fault({ match, kind: "secondary_limit", seconds: 7 });
    await expect(post()).rejects.toMatchObject({ status: 403, response: { headers: { "retry-after": "7" } } });
    github.fault({ match, kind: "rate_limit" });
    await expect(post()).rejects.toMatchObject({
      status: 403,
      response: { headers: { "x-ratelimit-remaining": "0" } },
    });
    expect(comments()).toHaveLength(0);
  });

  test("a request that hangs ends with the client's own deadline", async () => {
    github.fault({ match, kind: "hang" });
    const request = { signal: AbortSignal.timeout(200) };
    const hung = asInstallation(github).rest.issues.createComment({ ...repo, issue_number: 1, body: "Hello", request });
    await expect(hung).rejects.toThrow();
    expect(comments()).toHaveLength(0);
  });
  afterEach(() => expect(github.faults).toEqual([]));
});

describe("what may not happen", () => {
  test("an unknown route is recorded and answered 501", async () => {
    expect((await refusal(asInstallation(github).request("GET /repos/acme/shop/actions/secrets")))[0]).toBe(501);
    expect(github.faults).toEqual([expect.stringContaining("/repos/acme/shop/actions/secrets: unknown route")]);
  });

  test("a request that GitHub's description forbids is recorded and refused", async () => {
    const bad = asInstallation(github).request("POST /repos/acme/shop/git/refs", { ref: 7 });
    expect((await refusal(bad))[0]).toBe(422);
    expect(github.faults.join("\n")).toContain("/ref must be string");
  });
});
