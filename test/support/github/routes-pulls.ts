import { z } from "zod";
import { repositoryEvent } from "./events.ts";
import { branchSha, git } from "./git.ts";
import { type Call, doer, notFound, ok, page, param, Refusal, type Reply, repositoryOf, type Route } from "./http.ts";
import { addIssue, editIssue } from "./issues.ts";
import { fullPullJson, pullJson } from "./shape-pull.ts";
import { apiPath, apiUrl } from "./shape-repository.ts";
import type { Issue, PullRequest, Repository } from "./world.ts";

const refuse = (message: string): Refusal =>
  new Refusal(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
const refuseField = (field: string): Refusal =>
  new Refusal(422, "Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }]);

const pullsOf = (repository: Repository): readonly { readonly issue: Issue; readonly pull: PullRequest }[] =>
  [...repository.issues.values()].flatMap((issue) => (issue.pull === null ? [] : [{ issue, pull: issue.pull }]));

function pullOf(call: Call): { readonly issue: Issue; readonly pull: PullRequest } {
  const number = Number(param(call, "pull_number"));
  const found = pullsOf(repositoryOf(call)).find(({ issue }) => issue.number === number);
  if (found === undefined) throw notFound();
  return found;
}

const Create = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().optional(),
  draft: z.boolean().default(false),
});

/** Both branches must be there, and something to merge. */
async function prepare(repository: Repository, request: z.infer<typeof Create>): Promise<PullRequest> {
  const { directory, owner } = repository;
  const head = request.head.replace(`${owner.login}:`, "");
  const { base, draft } = request;
  const [headSha, baseSha] = [await branchSha(directory, head), await branchSha(directory, base)];
  if (headSha === null) throw refuseField("head");
  if (baseSha === null) throw refuseField("base");
  if ((await git(directory, ["rev-list", "--count", `${baseSha}..${headSha}`])) === "0") {
    throw refuse(`No commits between ${base} and ${head}`);
  }
  return { head, headSha, base, baseSha, draft };
}

/** One open pull request per pair of branches. */
function refuseTwin(repository: Repository, { head, base }: PullRequest): void {
  const twin = pullsOf(repository).some(
    ({ issue, pull }) => issue.state === "open" && pull.head === head && pull.base === base,
  );
  if (twin) throw refuse(`A pull request already exists for ${repository.owner.login}:${head}.`);
}

async function createPull(call: Call): Promise<Reply> {
  const { world } = call;
  const request = Create.parse(call.body);
  const repository = repositoryOf(call);
  const pull = await prepare(repository, request);
  refuseTwin(repository, pull);
  const by = doer(call);
  const issue = addIssue(world, repository, { by, title: request.title, body: request.body ?? null, pull });
  const body = await fullPullJson(world, repository, issue, pull);
  const details = { number: issue.number, pull_request: body };
  repositoryEvent(world, repository, { event: "pull_request", action: "opened", by, details });
  const location = `${apiUrl(world, repository)}/pulls/${issue.number}`;
  return { status: 201, body, headers: { location } };
}

async function listPulls(call: Call): Promise<Reply> {
  const { world, query } = call;
  const repository = repositoryOf(call);
  const state = query.get("state") ?? "open";
  const [head, base] = [query.get("head"), query.get("base")];
  const wanted = pullsOf(repository)
    .filter(({ issue }) => state === "all" || issue.state === state)
    .filter(({ pull }) => head === null || head === `${repository.owner.login}:${pull.head}`)
    .filter(({ pull }) => base === null || base === pull.base)
    .toSorted((a, b) => b.issue.number - a.issue.number);
  const shapes = await Promise.all(wanted.map(({ issue, pull }) => pullJson(world, repository, issue, pull)));
  return page(call, `${apiPath(repository)}/pulls`, shapes, (shape) => shape);
}

async function getPull(call: Call): Promise<Reply> {
  const { issue, pull } = pullOf(call);
  return ok(await fullPullJson(call.world, repositoryOf(call), issue, pull));
}

const Edit = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
});

function patchPull(call: Call): Promise<Reply> {
  const { issue } = pullOf(call);
  const edit = Edit.parse(call.body);
  editIssue({ world: call.world, repository: repositoryOf(call), issue }, doer(call), edit);
  return getPull(call);
}

const at = (tail: string): string => `/repos/{owner}/{repo}/pulls${tail}`;
const read = { as: "installation", needs: ["pull_requests", "read"] } as const;
const write = { as: "installation", needs: ["pull_requests", "write"] } as const;

export const pullRoutes: readonly Route[] = [
  { method: "GET", path: at(""), ...read, run: listPulls },
  { method: "POST", path: at(""), ...write, run: createPull },
  { method: "GET", path: at("/{pull_number}"), ...read, run: getPull },
  { method: "PATCH", path: at("/{pull_number}"), ...write, run: patchPull },
];
