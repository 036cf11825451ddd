import { z } from "zod";
import { type Call, doer, issueOf, notFound, ok, page, param, type Reply, repositoryOf, type Route } from "./http.ts";
import { addLabels, editIssue, type Place, removeLabel } from "./issues.ts";
import { issueJson, labelEventJson, labelJson, oneIssueJson } from "./shape-issue.ts";
import { apiPath } from "./shape-repository.ts";
import type { Issue } from "./world.ts";

const placeOf = (call: Call): Place => ({
  world: call.world,
  repository: repositoryOf(call),
  issue: issueOf(call),
});

function listIssues(call: Call): Reply {
  const repository = repositoryOf(call);
  const state = call.query.get("state") ?? "open";
  const since = call.query.get("since");
  const direction = call.query.get("direction") ?? "desc";
  const byChange = call.query.get("sort") === "updated";
  const timeOf = (issue: Issue): number => Date.parse(byChange ? issue.updatedAt : issue.createdAt);
  const labels = (call.query.get("labels") ?? "").split(",").filter((name) => name !== "");
  const wanted = [...repository.issues.values()]
    .filter((issue) => state === "all" || issue.state === state)
    .filter((issue) => since === null || Date.parse(issue.updatedAt) >= Date.parse(since))
    .filter((issue) => labels.every((name) => issue.labels.some((label) => label.name === name)))
    .toSorted((a, b) => (direction === "asc" ? 1 : -1) * (timeOf(a) - timeOf(b) || a.number - b.number));
  return page(call, `${apiPath(repository)}/issues`, wanted, (issue) => issueJson(call.world, repository, issue));
}

function getIssue(call: Call): Reply {
  const { world, repository, issue } = placeOf(call);
  return ok(oneIssueJson(world, repository, issue));
}

const Edit = z.object({
  title: z.coerce.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
});

function patchIssue(call: Call): Reply {
  editIssue(placeOf(call), doer(call), Edit.parse(call.body));
  return getIssue(call);
}

function listLabels(call: Call): Reply {
  const { world, repository, issue } = placeOf(call);
  const path = `${apiPath(repository)}/issues/${issue.number}/labels`;
  return page(call, path, issue.labels, (label) => labelJson(world, repository, label));
}

function listEvents(call: Call): Reply {
  const { world, repository, issue } = placeOf(call);
  const path = `${apiPath(repository)}/issues/${issue.number}/events`;
  return page(call, path, issue.labelEvents, (happened) => labelEventJson(world, repository, happened));
}

const Labels = z.union([
  z.object({ labels: z.array(z.string()) }).transform(({ labels }) => labels),
  z.array(z.string()),
]);

function postLabels(call: Call): Reply {
  addLabels(placeOf(call), doer(call), Labels.parse(call.body));
  return listLabels(call);
}

function deleteLabel(call: Call): Reply {
  if (!removeLabel(placeOf(call), doer(call), param(call, "name"))) throw notFound();
  return listLabels(call);
}

const at = (tail: string): string => `/repos/{owner}/{repo}/issues${tail}`;
const read = { as: "installation", needs: ["issues", "read"] } as const;
const write = { as: "installation", needs: ["issues", "write"] } as const;

export const issueRoutes: readonly Route[] = [
  { method: "GET", path: at(""), ...read, run: listIssues },
  { method: "GET", path: at("/{issue_number}"), ...read, run: getIssue },
  { method: "PATCH", path: at("/{issue_number}"), ...write, run: patchIssue },
  { method: "GET", path: at("/{issue_number}/events"), ...read, run: listEvents },
  { method: "GET", path: at("/{issue_number}/labels"), ...read, run: listLabels },
  { method: "POST", path: at("/{issue_number}/labels"), ...write, run: postLabels },
  { method: "DELETE", path: at("/{issue_number}/labels/{name}"), ...write, run: deleteLabel },
];
