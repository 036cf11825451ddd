import { afterEach, describe, expect, test } from "vitest";
import { commitOn, stageOnGithub } from "../support/forge-stage.ts";

const setStage = stageOnGithub();
let faults: readonly string[] = [];
const stage = async () => {
  const set = await setStage();
  faults = set.github.faults;
  return set;
};

// Whatever a test does, nothing may be asked of GitHub that its own description forbids.
afterEach(() => expect(faults).toEqual([]));

describe("who may do what", () => {
  test.each([
    ["none", "none"],
    ["read", "read"],
    ["triage", "triage"],
    ["write", "write"],
    ["maintain", "maintain"],
    ["admin", "admin"],
    ["auditor:read", "read"],
    ["security:write", "write"],
  ] as const)("S02: role %s counts as %s", async (role, permission) => {
    const { github, repo, subject, forge, actor } = await stage();
    github.setPermission(repo, "bob", role);
    expect(await forge.permission(subject, actor("bob"))).toBe(permission);
  });

  test("S17: a login that was given to another person grants nothing to the first", async () => {
    const { github, repo, subject, forge, actor } = await stage();
    const before = actor("carol");
    github.renameUser("carol", "carol-before");
    github.setPermission(repo, "carol", "admin");
    expect(await forge.permission(subject, before)).toBe("none");
    expect(await forge.permission(subject, actor("carol"))).toBe("admin");
  });

  test("an unknown login has no permission", async () => {
    const { subject, forge } = await stage();
    expect(await forge.permission(subject, { id: 1, login: "no-such-user", type: "User", viaApp: false })).toBe("none");
  });
});

describe("credentials", () => {
  test("every token is for this repository alone and asks for no more than its purpose", async () => {
    const { github, repo, subject, forge } = await stage();
    const before = github.tokens.length;
    await forge.installationToken(subject);
    await forge.issue(subject);
    await forge.commit(subject, await commitOn(repo));
    const minted = github.tokens.slice(before);
    expect(minted.map((token) => token.repositoryIds)).toEqual([[repo.id], [repo.id], [repo.id]]);
    expect(minted.map((token) => token.permissions)).toEqual([
      { metadata: "read", contents: "read" },
      { metadata: "read", contents: "read", issues: "write", pull_requests: "write" },
      { metadata: "read", contents: "write", pull_requests: "write" },
    ]);
  });

  test("a token is held, renewed before it ends, and given back", async () => {
    const { github, subject, forge, clock } = await stage();
    const before = github.tokens.length;
    const first = await forge.installationToken(subject);
    expect(await forge.installationToken(subject)).toBe(first);
    clock.ahead += 51 * 60_000;
    expect(await forge.installationToken(subject)).not.toBe(first);
    await forge.issue(subject);
    await forge.revoke(subject);
    await forge.revoke(subject);
    const minted = github.tokens.slice(before);
    expect(minted.map((token) => token.revokedAt !== null)).toEqual([false, true, true]);
    expect(await forge.issue(subject)).toMatchObject({ state: "open" });
  });

  test("what the App is allowed, as GitHub says it", async () => {
    const { github, forge } = await stage();
    expect(await forge.appInfo()).toMatchObject({
      id: github.app.id,
      slug: github.app.slug,
      permissions: { contents: "write", issues: "write" },
      events: expect.arrayContaining(["issues", "issue_comment"]),
    });
  });
});
