import { commitOf, git, readBlob, readTree, type TreeEntry, tryGit } from "./git.ts";
import { type Call, type Json, notFound, ok, param, Refusal, type Reply, repositoryOf } from "./http.ts";
import { apiUrl, webUrl } from "./shape-repository.ts";
import type { Repository } from "./world.ts";

/** GitHub gives no JSON content for files above 1 MB, only the raw form. */
const JSON_LIMIT = 1_048_576;

function entryJson(call: Call, repository: Repository, entry: TreeEntry & { readonly ref: string }): Json {
  const query = `?ref=${encodeURIComponent(entry.ref)}`;
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const url = `${apiUrl(call.world, repository)}/contents/${path}${query}`;
  const kind = entry.type === "tree" ? "trees" : "blobs";
  const gitUrl = `${apiUrl(call.world, repository)}/git/${kind}/${entry.sha}`;
  const html = `${webUrl(call.world, repository)}/${entry.type}/${entry.ref}/${path}`;
  return {
    name: entry.path.split("/").at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: entry.type === "tree" ? null : html.replace("/blob/", "/raw/"),
    type: entry.type === "tree" ? "dir" : entry.mode === "120000" ? "symlink" : "file",
    _links: { self: url, git: gitUrl, html },
  };
}

/** A file, or the list of a folder, at a ref. */
export async function getContents(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const { directory } = repository;
  const ref = call.query.get("ref") ?? repository.defaultBranch;
  const path = param(call, "path").replace(/\/$/, "");
  const commit = await commitOf(directory, ref);
  if (commit === null) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const found = path === "" ? [] : await lookUp(directory, commit, path);
  const entry = found[0];
  if (path !== "" && entry === undefined) throw notFound();
  if (entry === undefined || entry.type === "tree") {
    const children = await readTree(directory, entry?.sha ?? `${commit}^{tree}`, false);
    const prefix = path === "" ? "" : `${path}/`;
    return ok(children.map((child) => entryJson(call, repository, { ...child, path: `${prefix}${child.path}`, ref })));
  }
  const bytes = await readBlob(directory, entry.sha);
  if (call.headers.accept?.includes("raw") === true) return { status: 200, raw: bytes };
  const small = bytes.length <= JSON_LIMIT;
  const content = small ? bytes.toString("base64").replace(/.{60}/g, "$&\n") : "";
  const shape = entryJson(call, repository, { ...entry, ref });
  if (entry.mode === "120000") return ok({ ...shape, target: bytes.toString("utf8") });
  return ok({ ...shape, content, encoding: small ? "base64" : "none" });
}

async function lookUp(directory: string, commit: string, path: string): Promise<readonly TreeEntry[]> {
  const { code, stdout } = await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${commit}:${path}`]);
  if (code !== 0) return [];
  const line = await git(directory, ["ls-tree", "-l", commit, "--", path]);
  const [mode = "", type = "", , size = "-"] = line.split("\t")[0]?.split(/ +/) ?? [];
  return [{ mode, type, sha: stdout.toString().trim(), size: size === "-" ? null : Number(size), path }];
}
