import type { Github } from "../../support/github/server.ts";
import type { Files } from "../../support/github/repositories.ts";
import * as story from "../../support/story.ts";

/* What people and operators do while everything breaks: open issues, approve plans, have lost deliveries sent again. */

export interface Told {
  readonly scene: story.Scene;
  /** The pull request is there, and the status comment says so. */
  over: boolean;
}

/** Opens an issue in a repository of its own and labels it. */
export async function openIssue(github: Github, files: Files, number: number): Promise<Told> {
  const repository = await github.repository({ name: `shop-${number}`, files });
  github.user("maintainer");
  github.setPermission(repository, "maintainer", "write");
  github.user("reporter");
  github.setPermission(repository, "reporter", "read");
  const issue = github.openIssue({
    repo: repository,
    user: "reporter",
    title: "1.005 is rounded down",
    body: "It is.",
  });
  github.label(issue, "maintainer", "journeyman");
  return { scene: { repository, issue }, over: false };
}

/** Approves when there is a plan, repeats an approval that could not be looked up, and sees when the run is over. */
export function attend(github: Github, one: Told): void {
  const { issue, repository } = one.scene;
  const all = github.comments(issue);
  const bodies = all.filter(({ author }) => author === github.app.login).map(({ body }) => body);
  const plan = bodies.findLast((body) => /## Plan \d+:/.test(body));
  const given = all.filter(({ body }) => body.startsWith("/approve")).length;
  const refused = bodies.filter((body) => /post it again|again in a minute/.test(body)).length;
  if (plan !== undefined && given <= refused) github.comment(issue, "maintainer", `/approve ${story.digestIn(plan)}`);
  one.over = github.pullRequests(repository).length > 0 && bodies.some((body) => body.includes("pull request opened"));
}

/** Has every delivery that failed sent again, once for each time that it failed. */
export function redeliverer({ webhooks }: Github): () => void {
  let looked = 0;
  return () => {
    const arrived = new Set(webhooks.deliveries.filter(({ status }) => status === "OK").map(({ guid }) => guid));
    const failed = webhooks.deliveries.slice(looked).filter(({ guid }) => !arrived.has(guid));
    looked = webhooks.deliveries.length;
    for (const guid of new Set(failed.map((one) => one.guid))) webhooks.redeliver(guid);
  };
}
