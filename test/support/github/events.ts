import type { Json } from "./http.ts";
import { installationJson, nodeId, repositoryStub, userJson } from "./shape-account.ts";
import { repositoryJson, webUrl } from "./shape-repository.ts";
import { webhookComplaints } from "./validation.ts";
import { type Doer, type Installation, installationOf, type Repository, type World } from "./world.ts";

/** Checks a payload against GitHub's description, and queues it when the App subscribes to the event. */
function dispatch(
  world: World,
  name: { readonly event: string; readonly action: string | null },
  { payload, installation, repository }: { payload: Json; installation: Installation; repository: Repository | null },
): void {
  const { event, action } = name;
  const described = `${event.replaceAll("_", "-")}${action === null ? "" : `-${action.replaceAll("_", "-")}`}`;
  world.faults.push(...webhookComplaints(described, payload));
  world.webhooks.send({
    event,
    action,
    body: JSON.stringify(payload),
    installationId: installation.id,
    repositoryId: repository?.id ?? null,
  });
}

/** Tells the App what happened in a repository, unless it is not installed there, suspended, or not subscribed. */
export function repositoryEvent(
  world: World,
  repository: Repository,
  happened: { event: string; action: string | null; by: Doer; details: Json },
): void {
  const installation = installationOf(world, repository);
  if (installation === undefined || installation.suspendedAt !== null) return;
  if (!world.app.events.includes(happened.event)) return;
  const organization =
    repository.owner.type === "Organization" ? { organization: organizationJson(world, repository) } : {};
  const payload = {
    ...(happened.action === null ? {} : { action: happened.action }),
    ...happened.details,
    repository: repositoryJson(world, repository),
    ...organization,
    sender: userJson(world, happened.by.user),
    installation: { id: installation.id, node_id: nodeId("Integration", installation.id) },
  };
  dispatch(world, happened, { payload, installation, repository });
}

function organizationJson(world: World, { owner }: Repository): Json {
  const url = `${world.address.api}/orgs/${owner.login}`;
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId("Organization", owner.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.address.web}/avatars/u/${owner.id}`,
    description: null,
  };
}

/** Installation events reach every App: nobody subscribes to them. */
export function installationEvent(
  world: World,
  installation: Installation,
  happened: {
    action: "created" | "deleted" | "suspend" | "unsuspend" | "added" | "removed";
    repositories: readonly Repository[];
  },
): void {
  const { action } = happened;
  const stubs = happened.repositories.map(repositoryStub);
  const selection = action === "added" || action === "removed";
  const payload = {
    action,
    installation: installationJson(world, installation),
    ...(selection
      ? {
          repository_selection: "selected",
          repositories_added: action === "added" ? stubs : [],
          repositories_removed: action === "removed" ? stubs : [],
          requester: null,
        }
      : { repositories: stubs }),
    ...(action === "created" ? { requester: null } : {}),
    sender: userJson(world, world.app.owner),
  };
  const event = selection ? "installation_repositories" : "installation";
  dispatch(world, { event, action }, { payload, installation, repository: null });
}

/** A branch that moved, came or went; `before` and `after` are 40 zeros for what is not there. */
export function pushEvent(
  world: World,
  repository: Repository,
  moved: { readonly ref: string; readonly before: string; readonly after: string; readonly by: Doer },
): void {
  const zero = "0".repeat(40);
  const { ref, before, after, by } = moved;
  const base = webUrl(world, repository);
  const details = {
    ref,
    before,
    after,
    base_ref: null,
    created: before === zero,
    deleted: after === zero,
    forced: false,
    compare: `${base}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: [],
    head_commit: null,
    pusher: { name: by.user.login, email: `${by.user.login}@users.noreply.github.com` },
  };
  repositoryEvent(world, repository, { event: "push", action: null, by, details });
}
