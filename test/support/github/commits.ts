import { tryGit, writeCommit } from "./git.ts";
import type { Json } from "./http.ts";
import { nodeId, userJson } from "./shape-account.ts";
import { apiUrl, webUrl } from "./shape-repository.ts";
import { iso, type Repository, userByLogin, type World } from "./world.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/** `+0200` of an ISO time; `Z` and a time without zone are UTC. */
function zoneOf(date: string): string {
  const [, zone] = /([+-]\d\d:?\d\d)$/.exec(date) ?? [];
  return zone?.replace(":", "") ?? "+0000";
}
const stamp = ({ name, email, date }: Person): string =>
  `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} ${zoneOf(date)}`;

/** Writes the commit object: the same parts give the same SHA. */
export function createCommit(directory: string, commit: Omit<Commit, "sha">): Promise<string> {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${stamp(commit.author)}`,
    `committer ${stamp(commit.committer)}`,
    "",
    commit.message,
  ];
  return writeCommit(directory, lines.join("\n"));
}

function person(line: string): Person {
  const [, name = "", email = "", seconds = "0"] = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line) ?? [];
  return { name, email, date: iso(Number(seconds) * 1000) };
}

export async function readCommit(directory: string, sha: string): Promise<Commit> {
  const raw = (await tryGit(directory, ["cat-file", "commit", sha])).stdout.toString("utf8");
  const cut = raw.indexOf("\n\n");
  const head = (cut === -1 ? raw : raw.slice(0, cut)).split("\n");
  const values = (key: string): string[] =>
    head.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha,
    tree: values("tree")[0] ?? "",
    parents: values("parent"),
    author: person(values("author")[0] ?? ""),
    committer: person(values("committer")[0] ?? ""),
    message: cut === -1 ? "" : raw.slice(cut + 2),
  };
}

const BOT_EMAIL = /\[bot\]@users\.noreply\.github\.com$/;

/** GitHub signs what an App commits without naming an author. */
function verification(commit: Commit): Json {
  const signed = BOT_EMAIL.test(commit.author.email) && commit.committer.email === "noreply@github.com";
  return {
    verified: signed,
    reason: signed ? "valid" : "unsigned",
    signature: null,
    payload: null,
    verified_at: signed ? commit.committer.date : null,
  };
}

/** The object of the git database, as `GET /git/commits/{sha}` answers it. */
export function gitCommitJson(world: World, repository: Repository, commit: Commit): Json {
  const api = `${apiUrl(world, repository)}/git`;
  const web = `${webUrl(world, repository)}/commit`;
  const { sha, author, committer, message, tree, parents } = commit;
  return {
    sha,
    node_id: nodeId(`Commit:${sha}:`, repository.id),
    url: `${api}/commits/${sha}`,
    html_url: `${web}/${sha}`,
    author,
    committer,
    message,
    tree: { sha: tree, url: `${api}/trees/${tree}` },
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${web}/${parent}`,
    })),
    verification: verification(commit),
  };
}

function accountOf(world: World, { email }: Person): Json | null {
  const login = email.replace(/@.*$/, "").replace(/^\d+\+/, "");
  const user = userByLogin(world, login);
  return user === undefined ? null : userJson(world, user);
}

/** The commit as the repository's own routes show it. */
export function commitJson(world: World, repository: Repository, commit: Commit): Json {
  const { node_id, html_url, parents, url: _, sha, ...inner } = gitCommitJson(world, repository, commit);
  const url = `${apiUrl(world, repository)}/commits/${commit.sha}`;
  return {
    sha,
    node_id,
    html_url,
    url,
    comments_url: `${url}/comments`,
    commit: { ...inner, url: `${apiUrl(world, repository)}/git/commits/${commit.sha}`, comment_count: 0 },
    author: accountOf(world, commit.author),
    committer: accountOf(world, commit.committer),
    parents,
  };
}
