import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Subject } from "../../../src/core/subject.ts";
import { createMirror } from "../../../src/git/trees.ts";
import type { GitServer } from "../../support/git-http.ts";
import { startGitServer } from "../../support/git-http.ts";
import type { TreeEntry } from "../../support/git-repository.ts";
import { file, folder, link, makeRepository } from "../../support/git-repository.ts";

const TOKEN = "ghs_aVeryParticularToken0123456789";
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString("base64");
const root = mkdtempSync(join(tmpdir(), "hostile-"));
const marker = join(root, "marker");
const never = new AbortController().signal;
let server: GitServer;
let count = 0;

beforeAll(async () => void (server = await startGitServer(root, TOKEN)));
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});
/** Whatever a repository holds, nothing of it is run on this host. */
afterEach(() => expect(existsSync(marker)).toBe(false));

function publish(entries: readonly TreeEntry[]) {
  const name = `hostile-${count++}`;
  const sha = makeRepository(root, `${name}.git`).commit(entries);
  const subject: Subject = { host: "h", installationId: 1, repositoryId: count, owner: "o", name, issue: 1 };
  return { sha, subject };
}

function mirror(more: { gitPath?: string; dataDir?: string } = {}) {
  return createMirror({
    dataDir: more.dataDir ?? mkdtempSync(join(root, "data-")),
    remote: ({ name }) => `${server.url}/${name}.git`,
    credential: async () => TOKEN,
    allowedProtocols: "https,http",
    ...(more.gitPath === undefined ? {} : { gitPath: more.gitPath }),
  });
}

describe("S75: hostile repositories", () => {
  test("a filter named in .gitattributes does not run and the bytes stay as they are", async () => {
    const { sha, subject } = publish([
      file(
        ".gitattributes",
        "* filter=lfs diff=lfs merge=lfs text eol=crlf ident export-subst\nsecret export-ignore\n",
      ),
      file("secret", "$Format:%H$ $Id$\n"),
      file(
        ".gitconfig",
        `[filter "lfs"]\n\tsmudge = touch ${marker}\n\trequired = true\n[core]\n\tfsmonitor = touch ${marker}\n`,
      ),
    ]);
    const tree = await mirror().open(subject, sha, never);
    expect(readFileSync(join(tree.directory, "secret"), "utf8")).toBe("$Format:%H$ $Id$\n");
  });

  test("submodules with an address that runs a command are left alone", async () => {
    const url = `ext::sh -c "touch ${marker}"`;
    const { sha, subject } = publish([
      file(".gitmodules", `[submodule "x\r"]\n\tpath = x\n\turl = https://example.test/x\n\tupdate = none\n`),
      file("notes", url),
    ]);
    const tree = await mirror().open(subject, sha, never);
    expect([...tree.files.keys()]).toEqual([".gitmodules", "notes"]);
  });

  test("a link beside files of the same name in another case is just a link", async () => {
    const { sha, subject } = publish([link("A", ".git"), folder("a", [file("hooks", `touch ${marker}`)])]);
    const tree = await mirror().open(subject, sha, never);
    expect(existsSync(join(tree.directory, ".git"))).toBe(false);
    expect([...tree.files.keys()].sort()).toEqual(["A", "a/hooks"]);
  });

  test("names that differ in case only are both kept", async () => {
    const { sha, subject } = publish([file("Readme", "1"), file("README", "2")]);
    const tree = await mirror().open(subject, sha, never);
    expect(["Readme", "README"].map((name) => readFileSync(join(tree.directory, name), "utf8"))).toEqual(["1", "2"]);
  });

  test.each<[string, readonly TreeEntry[]]>([
    [".GIT/config", [folder(".GIT", [file("config", "x")])]],
    [".git/config", [folder(".git", [file("config", "x")])]],
    ["git~1", [file("git~1", "x")]],
    ["an ignorable in .git", [folder("sub", [folder(".g\u200Cit", [file("config", "x")])])]],
    ["..", [folder("..", [file("escaped", "x")])]],
    ["a name with a slash", [file("../../escaped", "x")]],
    ["an absolute name", [file("/tmp/escaped", "x")]],
    ["a link and a folder of one name", [link("twin", "/tmp"), folder("twin", [file("escaped", "x")])]],
    ["the same name twice", [file("twin", "1"), link("twin", "/tmp")]],
    ["a name that is not UTF-8", [file("caf\uFFFD", "x")]],
  ])("a tree with %s is refused for good and nothing of it is written", async (_, entries) => {
    const { sha, subject } = publish([file("ok", "x"), ...entries]);
    const dataDir = mkdtempSync(join(root, "data-"));
    await expect(mirror({ dataDir }).open(subject, sha, never)).rejects.toMatchObject({
      code: "base_unusable",
      class: "terminal",
    });
    const trees = join(dataDir, "trees", "h", String(subject.repositoryId));
    expect(existsSync(trees) ? readdirSync(trees) : []).toEqual([]);
  });
});

describe("S74: what a mirror's own folder holds is not obeyed", () => {
  test("hooks and settings planted in the mirror do not run", async () => {
    const { sha, subject } = publish([file("a", "x")]);
    const dataDir = mkdtempSync(join(root, "data-"));
    await mirror({ dataDir }).open(subject, sha, never);
    const gitDir = join(dataDir, "mirrors", "h", `${subject.repositoryId}.git`);
    writeFileSync(
      join(gitDir, "config"),
      `${readFileSync(join(gitDir, "config"), "utf8")}\n[core]\n\tfsmonitor = touch ${marker}\n\tsshCommand = touch ${marker}\n\thooksPath = ${root}\n[credential]\n\thelper = !touch ${marker}\n`,
    );
    writeFileSync(join(root, "reference-transaction"), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    const name = subject.name;
    const next = makeRepository(root, `${name}.git`).commit([file("a", "y")]);
    expect((await mirror({ dataDir }).open(subject, next, never)).files.size).toBe(1);
  });
});

test("the token is on no command line and nowhere on the disk", async () => {
  const log = join(root, "argv.log");
  const spy = join(root, "git-spy");
  writeFileSync(
    spy,
    `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> ${log}\nprintf '%s\\n' "$GIT_CONFIG_VALUE_0" >> ${log}.env\nexec git "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const { sha, subject } = publish([file("a", "x")]);
  const dataDir = mkdtempSync(join(root, "data-"));
  await mirror({ gitPath: spy, dataDir }).open(subject, sha, never);
  expect(readFileSync(`${log}.env`, "utf8")).toContain(BASIC);
  expect(readFileSync(log, "utf8")).toContain("fetch");
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = [
    readFileSync(log, "latin1"),
    ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")),
  ];
  expect(texts.length).toBeGreaterThan(5);
  for (const text of texts) {
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(BASIC);
  }
});

test("a redirect to another server is not followed", async () => {
  const { sha, subject } = publish([file("a", "x")]);
  const { createServer } = await import("node:http");
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(302, { location: `${server.url}${request.url}` }).end();
  });
  await new Promise<void>((resolve) => void elsewhere.listen(0, "127.0.0.1", resolve));
  const address = elsewhere.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const before = server.seen.length;
  const trees = createMirror({
    dataDir: mkdtempSync(join(root, "data-")),
    remote: ({ name }) => `http://127.0.0.1:${port}/${name}.git`,
    credential: async () => TOKEN,
    allowedProtocols: "https,http",
  });
  await expect(trees.open(subject, sha, never)).rejects.toMatchObject({ code: "mirror_failed" });
  expect(asked).toHaveLength(1);
  expect(server.seen).toHaveLength(before);
  elsewhere.close();
});

test("only https is spoken unless http was allowed", async () => {
  const { sha, subject } = publish([file("a", "x")]);
  for (const remote of [
    `${server.url}/${subject.name}.git`,
    join(root, `${subject.name}.git`),
    `file://${root}/x.git`,
  ]) {
    const trees = createMirror({
      dataDir: mkdtempSync(join(root, "data-")),
      remote: () => remote,
      credential: async () => TOKEN,
      allowedProtocols: "https",
    });
    const before = server.seen.length;
    await expect(trees.open(subject, sha, never)).rejects.toMatchObject({ code: "mirror_failed" });
    expect(server.seen).toHaveLength(before);
  }
});
