import { z } from "zod";
import type { Subject } from "../core/subject.ts";
import type { Found, Installation, Issues, Looked, Place } from "../ports/deliveries.ts";
import type { App } from "./app.ts";
import { all, repeat } from "./calls.ts";
import { type Octokit, perform } from "./client.ts";
import { errorOf } from "./failure.ts";
import { deliveryKeys, type Door, labelNames, readDelivery } from "./intake.ts";

/*
 * Commands read from issues, for deliveries that never came. Each is given the form of its delivery and goes through the same door, so it
 * means the same, and has the same name in the journal: whichever comes second is a duplicate.
 * A label's delivery is named by the issue's time of change, which only its event's time tells, to some seconds: all those names count.
 */

/** Issues looked at in one step: the most that GitHub gives at once. */
const PAGE = 100;
/** Of issues that all changed in one second, as when many are labelled at once, so many pages are looked at; those beyond are left. */
const MOST_PAGES = 5;

const User = z.object({ id: z.int(), login: z.string(), type: z.string() }).nullable();

const Listed = z.object({
  id: z.int(),
  number: z.int(),
  title: z.string(),
  state: z.enum(["open", "closed"]),
  comments: z.int(),
  updated_at: z.string(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  pull_request: z.unknown().optional(),
});
type Listed = z.infer<typeof Listed>;

const Written = z.object({
  id: z.int(),
  body: z.string().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  user: User,
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});

const Happened = z.looseObject({
  event: z.string(),
  created_at: z.string(),
  actor: User.optional(),
  label: z.object({ name: z.string().nullish() }).nullish(),
});

const Installations = z.array(z.object({ id: z.int(), created_at: z.string(), suspended_at: z.string().nullish() }));

const Repositories = z
  .object({
    repositories: z.array(
      z.object({
        id: z.int(),
        name: z.string(),
        owner: z.object({ login: z.string() }),
        archived: z.boolean().default(false),
      }),
    ),
  })
  .transform(({ repositories }) => repositories);

const iso = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
const at = ({ owner, name }: Pick<Subject, "owner" | "name">) => ({ owner, repo: name });

/** The place as the calls want it; of an installation as a whole when no repository is named. */
const subjectOf = (place: Pick<Place, "installationId"> & Partial<Place>, issue = 1): Subject => ({
  host: "",
  installationId: place.installationId,
  repositoryId: place.repositoryId ?? 0,
  owner: place.owner ?? "",
  name: place.name ?? "",
  issue,
});

async function installations({ octokit, calls }: App): Promise<readonly Installation[]> {
  const action = "list the installations";
  const found: Installation[] = [];
  for (let page = 1; ; page++) {
    const send = (app: Octokit) => app.rest.apps.listInstallations({ per_page: 100, page });
    const reply = await perform(octokit, { action, schema: Installations, send }, calls.clock);
    if (!reply.ok) throw errorOf(reply.failure, action, calls.clock.now());
    const active = reply.data.filter(({ suspended_at: suspended }) => suspended == null);
    found.push(...active.map(({ id, created_at: created }) => ({ id, createdAt: Date.parse(created) })));
    if (!reply.more) return found;
  }
}

async function placesOf(app: App, { id, createdAt }: Installation): Promise<readonly Place[]> {
  const repositories = await all(app.calls, {
    subject: subjectOf({ installationId: id }),
    purpose: "look",
    action: "list the repositories",
    schema: Repositories,
    send: (octokit, page) => octokit.rest.apps.listReposAccessibleToInstallation({ per_page: 100, page }),
  });
  return repositories
    .filter(({ archived }) => !archived)
    .map(({ id: repositoryId, name, owner }) => ({
      installationId: id,
      installedAt: createdAt,
      repositoryId,
      owner: owner.login,
      name,
    }));
}

/** The parts of a delivery that say where it comes from. */
const whereOf = ({ installationId, repositoryId, owner, name }: Place, issue: Listed) => ({
  issue: {
    id: issue.id,
    number: issue.number,
    title: issue.title,
    updated_at: issue.updated_at,
    pull_request: issue.pull_request,
  },
  repository: { id: repositoryId, name, owner: { login: owner } },
  installation: { id: installationId },
});

interface Given {
  /** When, as GitHub writes it. */
  readonly at: string;
  readonly also?: readonly string[];
}

function foundIn(payload: object, door: Door, { at: given, also = [] }: Given): readonly Found[] {
  const intent = readDelivery(payload, door);
  if (intent === null) return [];
  const { body } = deliveryKeys("", payload, new Uint8Array());
  return [{ intent, keys: { id: `found:${body}`, body, also }, at: Date.parse(given) }];
}

/** Since `since`, without those that were edited: what they said when they were written is not known. */
async function fromComments(app: App, door: Door, { place, issue, since }: Look): Promise<readonly Found[]> {
  if (issue.comments === 0) return [];
  const comments = await all(app.calls, {
    subject: subjectOf(place, issue.number),
    purpose: "look",
    action: "list the comments",
    schema: z.array(Written),
    send: (octokit, page) =>
      octokit.rest.issues.listComments({
        ...at(place),
        issue_number: issue.number,
        since: iso(since),
        per_page: 100,
        page,
      }),
  });
  return comments
    .filter(({ created_at: created, updated_at: updated }) => created === updated && Date.parse(created) >= since)
    .flatMap((comment) =>
      foundIn({ action: "created", ...whereOf(place, issue), comment, sender: comment.user }, door, {
        at: comment.created_at,
      }),
    );
}

interface Look {
  readonly place: Place;
  readonly issue: Listed;
  readonly since: number;
}

const namesOf = ({ labels }: Listed): readonly string[] =>
  labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? [])));

/** The label that starts a run, by whoever put it there last: that is told by the issue's events alone. */
async function fromLabel(app: App, door: Door, { place, issue, since }: Look): Promise<readonly Found[]> {
  const wanted = new Set(door.labels.map((label) => label.toLowerCase()));
  const isOurs = (name: string | null | undefined): boolean => wanted.has(name?.toLowerCase() ?? "");
  if (issue.state !== "open" || issue.pull_request != null || !namesOf(issue).some(isOurs)) return [];
  const events = await all(app.calls, {
    subject: subjectOf(place, issue.number),
    purpose: "look",
    action: "list the events of an issue",
    schema: z.array(Happened),
    send: (octokit, page) =>
      octokit.rest.issues.listEvents({ ...at(place), issue_number: issue.number, per_page: 100, page }),
  });
  const put = events.findLast(({ event, label }) => event === "labeled" && isOurs(label?.name));
  if (put?.actor == null || Date.parse(put.created_at) < since) return [];
  const where = whereOf(place, { ...issue, updated_at: put.created_at });
  const payload = { action: "labeled", ...where, label: { name: put.label?.name }, sender: put.actor };
  return foundIn(payload, door, { at: put.created_at, also: labelNames(payload, Date.parse(put.created_at)) });
}

/** Issues that changed, oldest first. */
interface Changed {
  readonly issues: readonly Listed[];
  readonly more: boolean;
  readonly pages: number;
  /** Of GitHub's clock when it answered: ours may be another. */
  readonly now: number;
}

async function changedPage(app: App, { place, since }: Omit<Look, "issue">, page: number): Promise<Changed> {
  const action = "list the issues that changed";
  let now = app.calls.clock.now();
  const send = async (octokit: Octokit) => {
    const wanted = { ...at(place), state: "all", since: iso(since), sort: "updated", direction: "asc" } as const;
    const answer = await octokit.rest.issues.listForRepo({ ...wanted, per_page: PAGE, page });
    now = Date.parse(answer.headers.date ?? "") || now;
    return answer;
  };
  const call = { subject: subjectOf(place), purpose: "look", action, schema: z.array(Listed), send } as const;
  const reply = await repeat(app.calls, call);
  if (!reply.ok) throw errorOf(reply.failure, action, app.calls.clock.now());
  return { issues: reply.data, more: reply.more, pages: 1, now };
}

const lastChange = ({ issues }: Changed): number => Date.parse(issues.at(-1)?.updated_at ?? "");

/** A page; more of them while all issues changed in the second from which on was asked, since the next step begins with it again. */
async function changed(app: App, where: Omit<Look, "issue">): Promise<Changed> {
  let all = await changedPage(app, where, 1);
  while (all.more && all.pages < MOST_PAGES && lastChange(all) < where.since + 1000) {
    const further = await changedPage(app, where, all.pages + 1);
    all = { ...further, issues: [...all.issues, ...further.issues], pages: all.pages + 1 };
  }
  return all;
}

async function look(app: App, door: Door, where: Omit<Look, "issue">): Promise<Looked> {
  const listed = await changed(app, where);
  const { issues, more, pages, now } = listed;
  const found: Found[] = [];
  for (const issue of issues) {
    found.push(...(await fromLabel(app, door, { ...where, issue })));
    found.push(...(await fromComments(app, door, { ...where, issue })));
  }
  const until = more ? Math.max(lastChange(listed), where.since + 1000) : now;
  return { found, until, now, more, calls: pages + 2 * issues.length };
}

export function makeIssues(app: App, door: Door): Issues {
  return {
    installations: () => installations(app),
    places: (installation) => placesOf(app, installation),
    commands: (place, since) => look(app, door, { place, since }),
  };
}
