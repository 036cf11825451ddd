import { z } from "zod";
import { type Commit, createCommit, gitCommitJson, type Person, readCommit } from "./commits.ts";
import { commitOf, git, objectType, readBlob, readTree, tryGit, writeBlob } from "./git.ts";
import { type TreeChange, writeTree } from "./git-trees.ts";
import { type Call, created, notFound, ok, param, Refusal, type Reply, repositoryOf, type Route } from "./http.ts";
import { nodeId } from "./shape-account.ts";
import { apiUrl } from "./shape-repository.ts";
import { now, type Repository } from "./world.ts";

const BlobRequest = z.object({ content: z.string(), encoding: z.string().default("utf-8") });

async function createBlob(call: Call): Promise<Reply> {
  const { content, encoding } = BlobRequest.parse(call.body);
  if (encoding !== "utf-8" && encoding !== "base64") throw new Refusal(422, `encoding ${encoding} is not supported`);
  const repository = repositoryOf(call);
  const sha = await writeBlob(repository.directory, Buffer.from(content, encoding));
  return created({ sha, url: `${apiUrl(call.world, repository)}/git/blobs/${sha}` });
}

async function getBlob(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = param(call, "file_sha");
  if ((await objectType(repository.directory, sha)) !== "blob") throw notFound();
  const bytes = await readBlob(repository.directory, sha);
  if (call.headers.accept?.includes("raw") === true) return { status: 200, raw: bytes };
  return ok({
    sha,
    node_id: nodeId(`Blob:${sha}:`, repository.id),
    url: `${apiUrl(call.world, repository)}/git/blobs/${sha}`,
    size: bytes.length,
    content: bytes.toString("base64"),
    encoding: "base64",
  });
}

const TreeRequest = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      sha: z.string().nullable().optional(),
      content: z.string().optional(),
    }),
  ),
});

async function treeJson(call: Call, sha: string, recursive: boolean): Promise<unknown> {
  const repository = repositoryOf(call);
  const api = `${apiUrl(call.world, repository)}/git`;
  const entries = await readTree(repository.directory, sha, recursive);
  const tree = entries.map(({ mode, type, sha: id, size, path }) => ({
    path,
    mode,
    type,
    sha: id,
    ...(size === null ? {} : { size }),
    url: `${api}/${type === "tree" ? "trees" : "blobs"}/${id}`,
  }));
  return { sha, url: `${api}/trees/${sha}`, tree, truncated: false };
}

async function changeOf(
  { directory }: Repository,
  base: string | null,
  entry: z.infer<typeof TreeRequest>["tree"][number],
): Promise<TreeChange> {
  const { path, mode, content } = entry;
  if (content !== undefined) return { path, mode, sha: await writeBlob(directory, content) };
  const sha = entry.sha ?? null;
  if (sha === null) {
    const there = base !== null && (await git(directory, ["ls-tree", base, "--", path])) !== "";
    if (!there) throw new Refusal(422, "GitRPC::BadObjectState");
  } else if ((await objectType(directory, sha)) === null) {
    throw new Refusal(422, `tree.sha ${sha} is not a valid ${mode === "040000" ? "tree" : "blob"}`);
  }
  return { path, mode, sha };
}

async function createTree(call: Call): Promise<Reply> {
  const request = TreeRequest.parse(call.body);
  const repository = repositoryOf(call);
  const { directory } = repository;
  const named = request.base_tree ?? null;
  const base = named === null ? null : await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${named}^{tree}`]);
  if (base !== null && base.code !== 0) throw new Refusal(422, "base_tree is not a valid tree oid");
  const baseTree = base === null ? null : base.stdout.toString().trim();
  const changes: TreeChange[] = [];
  for (const entry of request.tree) changes.push(await changeOf(repository, baseTree, entry));
  const written = await writeTree(directory, baseTree, changes);
  if ("refused" in written) throw new Refusal(422, `Invalid tree info: ${written.refused.trim()}`);
  return created(await treeJson(call, written.sha, false));
}

async function getTree(call: Call): Promise<Reply> {
  const { directory } = repositoryOf(call);
  const name = param(call, "tree_sha");
  const found = await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${name}^{tree}`]);
  if (found.code !== 0) throw notFound();
  return ok(await treeJson(call, found.stdout.toString().trim(), call.query.has("recursive")));
}

const Identity = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const PartIdentity = Identity.partial();

/** What a request says of a person, over what GitHub fills in. */
const person = (known: Person, said: z.infer<typeof PartIdentity> = {}): Person => ({
  name: said.name ?? known.name,
  email: said.email ?? known.email,
  date: said.date ?? known.date,
});
const CommitRequest = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: Identity.optional(),
  committer: PartIdentity.optional(),
});

async function addCommit(call: Call): Promise<Reply> {
  const { world } = call;
  const request = CommitRequest.parse(call.body);
  const repository = repositoryOf(call);
  const { directory } = repository;
  if ((await objectType(directory, request.tree)) !== "tree") throw new Refusal(422, "Tree SHA does not exist");
  for (const parent of request.parents) {
    if ((await objectType(directory, parent)) === "commit") continue;
    throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
  }
  const { bot } = world.app;
  const self = { name: bot.login, email: `${bot.id}+${bot.login}@users.noreply.github.com`, date: now(world) };
  const author = person(self, request.author);
  const github = { name: "GitHub", email: "noreply@github.com", date: self.date };
  const committer = person(request.author === undefined ? github : author, request.committer);
  const commit: Omit<Commit, "sha"> = { ...request, author, committer };
  const sha = await createCommit(directory, commit);
  return created(gitCommitJson(world, repository, await readCommit(directory, sha)));
}

async function getCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = param(call, "commit_sha");
  if ((await commitOf(repository.directory, sha)) !== sha) throw notFound();
  return ok(gitCommitJson(call.world, repository, await readCommit(repository.directory, sha)));
}

const at = (tail: string): string => `/repos/{owner}/{repo}/git/${tail}`;
const write = { as: "installation", needs: ["contents", "write"] } as const;
const read = { as: "installation", needs: ["contents", "read"] } as const;

export const gitObjectRoutes: readonly Route[] = [
  { method: "POST", path: at("blobs"), ...write, run: createBlob },
  { method: "GET", path: at("blobs/{file_sha}"), ...read, run: getBlob },
  { method: "POST", path: at("trees"), ...write, run: createTree },
  { method: "GET", path: at("trees/{tree_sha}"), ...read, run: getTree },
  { method: "POST", path: at("commits"), ...write, run: addCommit },
  { method: "GET", path: at("commits/{commit_sha}"), ...read, run: getCommit },
];
