import { afterEach, describe, expect, test } from "vitest";
import { Sha } from "../../src/core/ids.ts";
import { bytesOf, commitOn, stageOnGithub } from "../support/forge-stage.ts";

const setStage = stageOnGithub();
let faults: readonly string[] = [];
const stage = async () => {
  const set = await setStage();
  faults = set.github.faults;
  return set;
};

// Whatever a test does, nothing may be asked of GitHub that its own description forbids.
afterEach(() => expect(faults).toEqual([]));

describe("reading", () => {
  test("an issue as it stands", async () => {
    const { github, issue, subject, forge } = await stage();
    github.label(issue, "ada", "journeyman");
    github.lockIssue(issue);
    expect(await forge.issue(subject)).toEqual({
      title: "Greeting is wrong",
      body: "It says bye.",
      author: "ada",
      authorId: github.user("ada").id,
      state: "open",
      locked: true,
      labels: ["journeyman"],
      isPullRequest: false,
    });
    await expect(forge.issue({ ...subject, issue: 999 })).rejects.toMatchObject({ code: "github_missing" });
  });

  test("every comment of a long issue, oldest first, ours marked and without its marker", async () => {
    const { github, issue, subject, forge } = await stage();
    const first = github.comment(issue, "ada", "first");
    const posted = await forge.postComment(subject, "plan.1", "the **plan**\n");
    for (let n = 0; n < 210; n++) github.comment(issue, "bob", `${n}`);
    const comments = await forge.comments(subject);
    expect(comments).toHaveLength(212);
    expect(comments[0]).toMatchObject({
      id: first,
      author: "ada",
      body: "first",
      mine: false,
      actor: { login: "ada" },
    });
    expect(comments[1]).toMatchObject({ id: posted.id, body: "the **plan**\n", mine: true, actor: { type: "Bot" } });
    expect(comments[211]).toMatchObject({ body: "209", mine: false });
  });

  test("one comment; null when it was deleted; marked when written through an App", async () => {
    const { github, issue, subject, forge } = await stage();
    const id = github.comment(issue, "ada", "/approve", { viaApp: true });
    expect(await forge.comment(subject, id)).toMatchObject({ body: "/approve", actor: { login: "ada", viaApp: true } });
    github.deleteComment(issue, "ada", id);
    expect(await forge.comment(subject, id)).toBeNull();
  });

  test("S09: an edit of our comment by someone else shows in its text", async () => {
    const { github, issue, subject, forge } = await stage();
    const { id } = await forge.postComment(subject, "plan.1", "the plan");
    expect(await forge.comment(subject, id)).toMatchObject({ body: "the plan" });
    const [seen] = github.comments(issue);
    github.editComment(issue, "eve", { id, body: `${seen?.body}!` });
    expect(await forge.comment(subject, id)).toMatchObject({ body: "the plan!" });
  });

  test("the default branch and a file at a commit", async () => {
    const { repo, subject, forge } = await stage();
    const { name, sha } = await forge.defaultBranch(subject);
    expect([name, sha]).toEqual([repo.defaultBranch, await repo.headSha()]);
    await repo.push(
      {
        "README.md": "changed\n",
        "docs/ünï code.md": "é\n",
        "binary.bin": new Uint8Array([0, 1, 2]),
        "latin.txt": new Uint8Array([0xe9, 0x0a]),
        "big.txt": "x".repeat(1_100_000),
        link: { mode: "120000", content: "README.md" },
      },
      "more",
    );
    const head = Sha.parse(await repo.headSha());
    expect(await forge.file(subject, sha, "README.md")).toBe("# Hello\n");
    expect(await forge.file(subject, head, "README.md")).toBe("changed\n");
    expect(await forge.file(subject, head, "docs/ünï code.md")).toBe("é\n");
    for (const path of ["missing.md", "docs", "binary.bin", "latin.txt", "big.txt", "link"]) {
      expect(await forge.file(subject, head, path)).toBeNull();
    }
  });
});

describe("writing", () => {
  test("S18: a forged marker is not adopted and does not keep ours away", async () => {
    const { github, issue, subject, forge } = await stage();
    const mark = (hmac: string) => `<!-- journeyman:plan.1:${hmac} -->\n`;
    github.comment(issue, "eve", `${mark("0".repeat(32))}my plan`);
    const posted = await forge.postComment(subject, "plan.1", "our plan");
    const real = github.comments(issue).find((comment) => comment.id === posted.id)?.body ?? "";
    // A true marker, copied by a person, by a person through an App, and by another bot.
    github.comment(issue, "eve", real);
    github.comment(issue, "eve", real, { viaApp: true });
    github.user("x[bot]", { type: "Bot" });
    github.comment(issue, "x[bot]", real);
    const comments = await forge.comments(subject);
    expect(comments.filter((comment) => comment.mine).map((comment) => comment.id)).toEqual([posted.id]);
    github.deleteComment(issue, "ada", posted.id);
    const after = await forge.postComment(subject, "plan.1", "our plan");
    expect(after).toMatchObject({ adopted: false });
    expect(comments.map((comment) => comment.id)).not.toContain(after.id);
  });

  test("S18: a marker copied to another issue does not count there", async () => {
    const { github, repo, issue, subject, forge } = await stage();
    await forge.postComment(subject, "plan.1", "our plan");
    const other = github.openIssue({ repo, user: "ada", title: "Another", body: "" });
    const copied = await forge.postComment(github.subject(other), "x", github.comments(issue)[0]?.body ?? "");
    expect(await forge.postComment(github.subject(other), "plan.1", "our plan")).toMatchObject({ adopted: false });
    expect((await forge.comments(github.subject(other)))[0]?.id).toBe(copied.id);
  });

  test("a comment is posted once per marker, by whichever process, and edited in place", async () => {
    const { github, issue, subject, forge, again, sent } = await stage();
    const first = await forge.postComment(subject, "status.1", "working");
    const second = await again().postComment(subject, "status.1", "working");
    expect([first.adopted, second]).toEqual([false, { ...first, adopted: true }]);
    expect(sent("POST")).toHaveLength(1);
    await forge.editComment(subject, first.id, { marker: "status.1", body: "done" });
    expect(await forge.postComment(subject, "status.1", "x")).toMatchObject({ id: first.id, adopted: true });
    expect(await forge.comment(subject, first.id)).toMatchObject({ body: "done" });
    expect(github.comments(issue)).toHaveLength(1);
  });

  test("a reaction on the comment or on the issue, twice, is one", async () => {
    const { github, issue, subject, forge } = await stage();
    const id = github.comment(issue, "ada", "/plan");
    for (let n = 0; n < 2; n++) {
      await forge.react(subject, id, "eyes");
      await forge.react(subject, null, "rocket");
    }
    const by = github.app.login;
    expect(github.comments(issue)[0]?.reactions).toEqual([{ content: "eyes", user: by }]);
    expect(github.issue(issue).reactions).toEqual([{ content: "rocket", user: by }]);
  });

  test("a commit holds the very bytes, is by the App, and is the same commit when made again", async () => {
    const { github, repo, subject, forge, again } = await stage();
    const spec = await commitOn(repo);
    const first = await forge.commit(subject, spec);
    expect(await again().commit(subject, spec)).toEqual(first);
    await forge.createBranch(subject, "journeyman/issue-1-abc", first.sha);
    const tree = await github.tree(repo, first.sha);
    expect(Object.keys(tree).toSorted()).toEqual(["README.md", "bin/run", "src/greet.js"]);
    expect(tree["src/greet.js"]).toMatchObject({ mode: "100644", content: "export const greet = 2;\n" });
    expect(tree["bin/run"]?.mode).toBe("100755");
    const email = `${github.user(github.app.login).id}+${github.app.login}@users.noreply.127.0.0.1`;
    const made = github.requests.findLast((one) => one.path.endsWith("/git/commits") && one.method === "POST");
    expect(made?.body).toMatchObject({ author: { name: github.app.login, email, date: spec.date } });
  });

  test("S13: a base commit that is gone is said so", async () => {
    const { repo, subject, forge } = await stage();
    const spec = { ...(await commitOn(repo)), baseSha: Sha.parse("1".repeat(40)) };
    await expect(forge.commit(subject, spec)).rejects.toMatchObject({ code: "base_gone" });
  });

  test("a branch is created once, adopted when it is ours, and never moved", async () => {
    const { github, repo, subject, forge, again, sent } = await stage();
    const { sha } = await forge.commit(subject, await commitOn(repo));
    await forge.createBranch(subject, "journeyman/a", sha);
    await again().createBranch(subject, "journeyman/a", sha);
    const base = Sha.parse(await repo.headSha());
    await expect(forge.createBranch(subject, "journeyman/a", base)).rejects.toMatchObject({ code: "branch_taken" });
    await expect(forge.createBranch(subject, "main", sha)).rejects.toMatchObject({ code: "branch_taken" });
    expect(await github.branches(repo)).toEqual({ main: base, "journeyman/a": sha });
    expect(sent("PATCH")).toEqual([]);
  });

  test("a pull request is opened once per branch, also when it was closed since", async () => {
    const { github, repo, subject, forge, again } = await stage();
    const { sha } = await forge.commit(subject, await commitOn(repo));
    await forge.createBranch(subject, "journeyman/a", sha);
    const spec = { branch: "journeyman/a", base: "main", title: "Mend", body: "Fixes #1", draft: true };
    const first = await forge.openPullRequest(subject, spec);
    expect(await again().openPullRequest(subject, spec)).toEqual(first);
    github.closeIssue({ repository: repo, number: first.number }, "ada");
    expect(await forge.openPullRequest(subject, spec)).toEqual(first);
    expect(github.pullRequests(repo)).toMatchObject([
      { number: first.number, head: "journeyman/a", headSha: sha, base: "main", title: "Mend", draft: true },
    ]);
  });

  test("bytes of a view into a larger buffer are stored as that view alone", async () => {
    const { repo, subject, forge, github } = await stage();
    const bytes = bytesOf("----inside----").subarray(4, 10);
    const spec = { ...(await commitOn(repo)), files: [{ path: "a", mode: "100644" as const, bytes }] };
    const { sha } = await forge.commit(subject, spec);
    expect((await github.tree(repo, sha))["a"]?.content).toBe("inside");
  });
});
