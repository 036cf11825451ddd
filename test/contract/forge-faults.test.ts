import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { commitOn, stageOnGithub } from "../support/forge-stage.ts";

const setStage = stageOnGithub();
let faults: readonly string[] = [];
const stage = async () => {
  const set = await setStage();
  faults = set.github.faults;
  return set;
};

afterEach(() => expect(faults).toEqual([]));

const COMMENTS = /issues\/\{issue_number\}\/comments$/;
const NO_TIME = { timeoutMs: 300 };

describe("D1: a write whose answer was lost is looked up, not repeated", () => {
  test.each([
    ["a 502 after it was stored", { kind: "error_after", status: 502 }],
    ["a 500 after it was stored", { kind: "error_after", status: 500 }],
    ["a connection reset after it was stored", { kind: "reset_after" }],
  ] as const)("%s: one POST, one comment, adopted", async (_kind, spec) => {
    const { github, issue, subject, forge, fault, sent, clock } = await stage();
    fault("POST", COMMENTS, spec);
    const posted = await forge.postComment(subject, "plan.1", "the plan");
    expect(github.comments(issue).map((comment) => comment.id)).toEqual([posted.id]);
    expect(sent("POST")).toHaveLength(1);
    expect(clock.slept).toEqual([2000]);
  });

  test("what did not arrive is posted a second time only after three look-ups found nothing", async () => {
    const { github, issue, subject, forge, fault, sent, clock } = await stage();
    fault("POST", COMMENTS, { kind: "error_before" });
    await forge.postComment(subject, "plan.1", "the plan");
    expect(github.comments(issue)).toHaveLength(1);
    expect([sent("POST").length, sent("GET").length]).toEqual([2, 4]);
    expect(clock.slept).toEqual([2000, 5000, 10_000]);
  });

  test("a request without an answer is cut and looked up", async () => {
    const { github, issue, subject, again, fault, sent } = await stage();
    const forge = again(NO_TIME);
    await forge.issue(subject);
    fault("POST", COMMENTS, { kind: "hang" });
    await forge.postComment(subject, "plan.1", "the plan");
    expect([github.comments(issue).length, sent("POST").length]).toEqual([1, 2]);
  });

  test("after two writes in doubt the run waits, and the next try looks first", async () => {
    const { github, issue, subject, forge, fault, sent } = await stage();
    fault("POST", COMMENTS, { kind: "error_before", times: 2 });
    const trying = forge.postComment(subject, "plan.1", "the plan");
    await expect(trying).rejects.toMatchObject({ code: "github_unavailable", class: "wait" });
    expect(sent("POST")).toHaveLength(2);
    await forge.postComment(subject, "plan.1", "the plan");
    expect(github.comments(issue)).toHaveLength(1);
  });

  test("when the look-up fails too, nothing is repeated", async () => {
    const { subject, forge, fault, sent, github, issue } = await stage();
    fault("POST", COMMENTS, { kind: "reset_after" });
    fault("GET", COMMENTS, { kind: "error_before", skip: 1, times: 3 });
    await expect(forge.postComment(subject, "plan.1", "x")).rejects.toMatchObject({ code: "github_unavailable" });
    expect([sent("POST").length, github.comments(issue).length]).toEqual([1, 1]);
  });

  test.each(["error_after", "reset_after", "error_before"] as const)(
    "every write of a publication survives one %s, and leaves one branch and one pull request",
    async (kind) => {
      const { github, repo, subject, forge, fault } = await stage();
      const routes = ["blobs", "trees", "commits", "refs", "pulls"];
      for (const route of routes) fault("POST", new RegExp(`/${route}$`), { kind });
      const { sha } = await forge.commit(subject, await commitOn(repo));
      await forge.createBranch(subject, "journeyman/a", sha);
      const spec = { branch: "journeyman/a", base: "main", title: "Mend", body: "", draft: false };
      const pull = await forge.openPullRequest(subject, spec);
      expect(Object.keys(await github.branches(repo)).toSorted()).toEqual(["journeyman/a", "main"]);
      expect(github.pullRequests(repo).map(({ number, headSha }) => [number, headSha])).toEqual([[pull.number, sha]]);
    },
  );

  test("an edit and a reaction are repeated, because twice is once", async () => {
    const { github, issue, subject, forge, fault } = await stage();
    const { id } = await forge.postComment(subject, "status.1", "working");
    fault("PATCH", /comments/, { kind: "reset_after" });
    fault("POST", /reactions/, { kind: "error_after" });
    await forge.editComment(subject, id, { marker: "status.1", body: "done" });
    await forge.react(subject, null, "eyes");
    expect(await forge.comment(subject, id)).toMatchObject({ body: "done" });
    expect(github.issue(issue).reactions).toHaveLength(1);
  });
});

describe("limits are never slept through", () => {
  test.each([
    ["secondary_limit", 90_000],
    ["rate_limit", 90_000],
  ] as const)("%s: one POST, and the time to come back", async (kind, wait) => {
    const { subject, forge, fault, sent, clock } = await stage();
    fault("POST", COMMENTS, { kind, seconds: wait / 1000 });
    const thrown: unknown = await forge.postComment(subject, "plan.1", "x").catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "github_limited", class: "wait" });
    const { retryAfterMs } = thrown as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(wait - 10_000);
    expect(retryAfterMs).toBeLessThan(wait + 10_000);
    expect([sent("POST").length, clock.slept]).toEqual([1, []]);
  });

  test("a limited look-up stops before the write", async () => {
    const { subject, forge, fault, sent } = await stage();
    fault("GET", COMMENTS, { kind: "secondary_limit" });
    await expect(forge.postComment(subject, "plan.1", "x")).rejects.toMatchObject({ code: "github_limited" });
    expect(sent("POST")).toEqual([]);
  });
});

describe("S03: a permission that cannot be looked up is not granted", () => {
  test.each([
    ["500", { kind: "error_before", status: 500, times: 9 }, "github_unavailable"],
    ["403", { kind: "error_before", status: 403, times: 9 }, "github_forbidden"],
    ["a lost connection", { kind: "reset_after", times: 9 }, "github_unavailable"],
    ["a timeout", { kind: "hang", times: 9 }, "github_unavailable"],
    ["a limit", { kind: "rate_limit", times: 9 }, "github_limited"],
  ] as const)("%s is thrown", async (_kind, spec, code) => {
    const { github, repo, subject, again, actor, fault, sent } = await stage();
    github.setPermission(repo, "bob", "admin");
    const forge = again(NO_TIME);
    await forge.issue(subject);
    const bob = actor("bob");
    fault("GET", /permission$/, spec);
    await expect(forge.permission(subject, bob)).rejects.toMatchObject({ code });
    const tries = sent("GET").filter((route) => route.endsWith("permission")).length;
    expect(tries).toBe(code === "github_unavailable" ? 3 : 1);
  });

  test("a 404 is no permission, and one failure in between is not the end", async () => {
    const { github, repo, subject, forge, actor, fault } = await stage();
    github.setPermission(repo, "bob", "admin");
    fault("GET", /permission$/, { kind: "error_before", status: 404 });
    expect(await forge.permission(subject, actor("bob"))).toBe("none");
    fault("GET", /permission$/, { kind: "error_before", status: 500, times: 2 });
    expect(await forge.permission(subject, actor("bob"))).toBe("admin");
  });
});

describe("credentials that end", () => {
  test("a token that GitHub no longer knows is replaced, without a second write", async () => {
    const { github, issue, subject, forge, sent } = await stage();
    await forge.issue(subject);
    for (const token of github.tokens) token.revokedAt = new Date().toISOString();
    await forge.postComment(subject, "plan.1", "x");
    expect([github.comments(issue).length, sent("POST").length]).toEqual([1, 1]);
  });

  test.each(["suspended", "removed", "withdrawn"] as const)("an installation that was %s is said so", async (how) => {
    const { github, repo, subject, forge } = await stage();
    const other = await github.repository({ name: `apart-${how}`, owner: `org-${how}`, files: { a: "a" } });
    const there = github.subject(github.openIssue({ repo: other, user: "ada", title: "t", body: "" }));
    await forge.issue(there);
    if (how === "suspended") github.suspendInstallation(other);
    if (how === "removed") github.removeInstallation(other);
    if (how === "withdrawn") github.withdrawRepository(other);
    if (how === "withdrawn") await forge.revoke(there);
    await expect(forge.issue(there)).rejects.toMatchObject({ code: "installation_gone" });
    await forge.revoke(there);
    expect(await forge.defaultBranch(subject)).toMatchObject({ sha: await repo.headSha() });
  });

  test("a wrong private key is refused at the door", async () => {
    const { subject, again } = await stage();
    const pem = { type: "pkcs1", format: "pem" } as const;
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: pem,
      publicKeyEncoding: pem,
    });
    const forge = again({ privateKey });
    await expect(forge.issue(subject)).rejects.toMatchObject({ code: "github_forbidden" });
    await expect(forge.appInfo()).rejects.toMatchObject({ code: "github_forbidden" });
  });

  test("S44: no error carries a token or the key", async () => {
    const { github, subject, forge, fault } = await stage();
    await forge.issue(subject);
    const secrets = [...github.tokens.map((token) => token.value), github.app.privateKey.split("\n")[1] ?? "-"];
    for (const kind of ["error_before", "secondary_limit", "reset_after"] as const) {
      fault("PATCH", /comments/, { kind, times: 3 });
      const thrown: unknown = await forge
        .editComment(subject, 1, { marker: "status.1", body: "x" })
        .catch((error: unknown) => error);
      const shown = inspect(thrown, { depth: 10 });
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  });
});
