import { z } from "zod";
import { commitOf } from "./git.ts";
import {
  type Call,
  created,
  type Json,
  notFound,
  ok,
  param,
  Refusal,
  type Reply,
  repositoryOf,
  type Route,
} from "./http.ts";
import { appJson, nodeId } from "./shape-account.ts";
import { apiUrl, webUrl } from "./shape-repository.ts";
import { type CheckRun, nextId, now, type Repository, type World } from "./world.ts";

function checkRunJson(world: World, repository: Repository, run: CheckRun): Json {
  const url = `${apiUrl(world, repository)}/check-runs/${run.id}`;
  const html = `${webUrl(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("CheckRun", run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.id },
    app: appJson(world),
    pull_requests: [],
  };
}

const Fields = z.object({
  name: z.string().optional(),
  head_sha: z.string().optional(),
  status: z.string().optional(),
  conclusion: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: z
    .object({ title: z.string().optional(), summary: z.string().optional(), text: z.string().optional() })
    .optional(),
});

function apply(run: CheckRun, fields: z.infer<typeof Fields>, at: string): void {
  run.name = fields.name ?? run.name;
  run.status = fields.conclusion === undefined ? (fields.status ?? run.status) : "completed";
  run.conclusion = fields.conclusion ?? run.conclusion;
  run.detailsUrl = fields.details_url ?? run.detailsUrl;
  run.externalId = fields.external_id ?? run.externalId;
  run.startedAt = fields.started_at ?? run.startedAt ?? at;
  run.completedAt = run.status === "completed" ? (fields.completed_at ?? at) : null;
  const { title, summary, text } = fields.output ?? {};
  run.output = {
    title: title ?? run.output.title,
    summary: summary ?? run.output.summary,
    text: text ?? run.output.text,
  };
}

async function createRun(call: Call): Promise<Reply> {
  const { world } = call;
  const fields = Fields.parse(call.body);
  const repository = repositoryOf(call);
  const headSha = fields.head_sha ?? "";
  if ((await commitOf(repository.directory, headSha)) !== headSha)
    throw new Refusal(422, `No commit found for SHA: ${headSha}`);
  const run: CheckRun = {
    id: nextId(world),
    headSha,
    name: "",
    status: "queued",
    conclusion: null,
    detailsUrl: null,
    externalId: "",
    startedAt: null,
    completedAt: null,
    output: { title: null, summary: null, text: null },
  };
  apply(run, fields, now(world));
  repository.checkRuns.set(run.id, run);
  return created(checkRunJson(world, repository, run));
}

function runOf(call: Call): CheckRun {
  const run = repositoryOf(call).checkRuns.get(Number(param(call, "check_run_id")));
  if (run === undefined) throw notFound();
  return run;
}
const getRun = (call: Call): Reply => ok(checkRunJson(call.world, repositoryOf(call), runOf(call)));

function updateRun(call: Call): Reply {
  apply(runOf(call), Fields.parse(call.body), now(call.world));
  return getRun(call);
}

async function runsOfCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitOf(repository.directory, param(call, "ref"));
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${param(call, "ref")}`);
  const name = call.query.get("check_name");
  const runs = [...repository.checkRuns.values()].filter(
    (run) => run.headSha === sha && (name === null || run.name === name),
  );
  return ok({
    total_count: runs.length,
    check_runs: runs.map((run) => checkRunJson(call.world, repository, run)),
  });
}

const at = (tail: string): string => `/repos/{owner}/{repo}/${tail}`;
const read = { as: "installation", needs: ["checks", "read"] } as const;
const write = { as: "installation", needs: ["checks", "write"] } as const;

export const checkRoutes: readonly Route[] = [
  { method: "POST", path: at("check-runs"), ...write, run: createRun },
  { method: "GET", path: at("check-runs/{check_run_id}"), ...read, run: getRun },
  { method: "PATCH", path: at("check-runs/{check_run_id}"), ...write, run: updateRun },
  { method: "GET", path: at("commits/{ref}/check-runs"), ...read, run: runsOfCommit },
];
