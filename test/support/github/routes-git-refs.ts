import { z } from "zod";
import { pushEvent } from "./events.ts";
import { commitOf, git, isAncestor, objectType, refsOf, tryGit } from "./git.ts";
import {
  type Call,
  created,
  doer,
  notFound,
  ok,
  page,
  param,
  Refusal,
  type Reply,
  repositoryOf,
  type Route,
} from "./http.ts";
import { apiPath, refJson } from "./shape-repository.ts";
import { grants } from "./tokens.ts";
import { now, type Repository } from "./world.ts";

const ZERO = "0".repeat(40);

/** An App without `workflows` may not bring a commit that touches a workflow file. */
async function guardWorkflows(call: Call, { directory }: Repository, sha: string): Promise<void> {
  const { identity } = call;
  if (identity.kind === "installation" && grants(identity.token.permissions, "workflows", "write")) return;
  const fresh = (await git(directory, ["rev-list", sha, "--not", "--all"])).split("\n").filter((line) => line !== "");
  for (const commit of fresh) {
    const touched = await git(directory, [
      "diff-tree",
      "--root",
      "-r",
      "--name-only",
      commit,
      "--",
      ".github/workflows",
    ]);
    if (touched.includes(".github/workflows/")) throw new Refusal(403, "Resource not accessible by integration");
  }
}

/** Moves a ref from where it was seen: whoever comes second at the same moment is refused. */
async function moveRef(call: Call, ref: string, { before = ZERO, after = ZERO }: { before?: string; after?: string }) {
  const { world } = call;
  const repository = repositoryOf(call);
  const args = after === ZERO ? ["update-ref", "-d", ref, before] : ["update-ref", ref, after, before];
  const moved = await tryGit(repository.directory, args);
  if (moved.code !== 0) {
    throw new Refusal(422, before === ZERO ? "Reference already exists" : "Reference cannot be updated");
  }
  repository.pushedAt = now(world);
  pushEvent(world, repository, { ref, before, after, by: doer(call) });
}

const Create = z.object({ ref: z.string(), sha: z.string() });

async function createRef(call: Call): Promise<Reply> {
  const { ref, sha } = Create.parse(call.body);
  const repository = repositoryOf(call);
  const { directory } = repository;
  if (!/^refs\/[^/]+\/.+/.test(ref)) {
    throw new Refusal(422, "Reference name must start with 'refs' and contain at least two slashes.");
  }
  if ((await tryGit(directory, ["check-ref-format", ref])).code !== 0) {
    throw new Refusal(422, `${ref} is not a valid ref name.`);
  }
  const refs = await refsOf(directory);
  if (refs.has(ref)) throw new Refusal(422, "Reference already exists");
  const blocked = [...refs.keys()].some((other) => other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`));
  if (blocked) throw new Refusal(422, "Reference cannot be created");
  if ((await objectType(directory, sha)) !== "commit") throw new Refusal(422, "Object does not exist");
  await guardWorkflows(call, repository, sha);
  await moveRef(call, ref, { after: sha });
  return created(refJson(call.world, repository, ref, sha));
}

const Update = z.object({ sha: z.string(), force: z.boolean().default(false) });

async function updateRef(call: Call): Promise<Reply> {
  const { sha, force } = Update.parse(call.body);
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, "ref")}`;
  const old = (await refsOf(repository.directory)).get(ref);
  if (old === undefined) throw new Refusal(422, "Reference does not exist");
  if ((await commitOf(repository.directory, sha)) !== sha) throw new Refusal(422, "Object does not exist");
  if (!force && !(await isAncestor(repository.directory, old, sha))) {
    throw new Refusal(422, "Update is not a fast forward");
  }
  await guardWorkflows(call, repository, sha);
  await moveRef(call, ref, { before: old, after: sha });
  return ok(refJson(call.world, repository, ref, sha));
}

async function deleteRef(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, "ref")}`;
  const before = (await refsOf(repository.directory)).get(ref);
  if (before === undefined) throw new Refusal(422, "Reference does not exist");
  await moveRef(call, ref, { before });
  return { status: 204 };
}

async function getRef(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, "ref")}`;
  const sha = (await refsOf(repository.directory)).get(ref);
  if (sha === undefined) throw notFound();
  return ok(refJson(call.world, repository, ref, sha));
}

async function matchingRefs(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const prefix = `refs/${param(call, "ref")}`;
  const refs = [...(await refsOf(repository.directory))].filter(([ref]) => ref.startsWith(prefix));
  const path = `${apiPath(repository)}/git/matching-refs/${param(call, "ref")}`;
  return page(call, path, refs, ([ref, sha]) => refJson(call.world, repository, ref, sha));
}

const at = (tail: string): string => `/repos/{owner}/{repo}/git/${tail}`;
const write = { as: "installation", needs: ["contents", "write"] } as const;
const read = { as: "installation", needs: ["contents", "read"] } as const;

export const gitRefRoutes: readonly Route[] = [
  { method: "POST", path: at("refs"), ...write, run: createRef },
  { method: "PATCH", path: at("refs/{ref}"), ...write, run: updateRef },
  { method: "DELETE", path: at("refs/{ref}"), ...write, run: deleteRef },
  { method: "GET", path: at("ref/{ref}"), ...read, run: getRef },
  { method: "GET", path: at("matching-refs/{ref}"), ...read, run: matchingRefs },
];
