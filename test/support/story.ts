import { ok } from "node:assert/strict";
import { fold } from "../../src/core/evolve.ts";
import type { EventOf, RunEvent, StoredEvent } from "../../src/core/events.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { RunState } from "../../src/core/state.ts";
import type { IssueHandle, RepositoryHandle } from "./github/people.ts";
import type { Files } from "./github/repositories.ts";
import { eventually, type Instance, runsOf } from "./instance.ts";
import { call, calls, type Turn } from "./scripted-model/answer.ts";
import type { ScriptRequest } from "./scripted-model/request.ts";
import { route, type Script } from "./scripted-model/script.ts";
import { DEFAULT_ROUTES, says } from "./story-roles.ts";

/*
 * A small repository with a bug, what a model would do about it, and what people do on GitHub. One story, told in many ways.
 */

export const BUGGY = "export const round = (amount) => Math.round(amount * 100) / 100;\n";
export const HALF_FIXED = "export const round = (amount) => Math.ceil(amount * 100) / 100;\n";
export const FIXED = "export const round = (amount) => Math.round((amount + Number.EPSILON) * 100) / 100;\n";

export const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { round } from "../src/money.js";
test("half a cent is rounded up", () => assert.equal(round(1.005), 1.01));
test("whole cents stay", () => assert.equal(round(2.25), 2.25));
test("less than half a cent is dropped", () => assert.equal(round(1.004), 1));
`;

export const FILES: Files = {
  "package.json": `${JSON.stringify({ name: "shop", type: "module", private: true, scripts: { test: "node --test" } }, null, 2)}\n`,
  "src/money.js": BUGGY,
  "test/money.test.js": TEST,
  "AGENTS.md": "# Shop\n\nPlain JavaScript, no dependencies.\n",
};

export const PLAN: Plan = {
  title: "Round half a cent up",
  summary:
    "1.005 becomes 1 because the product is a little below 100.5 in floating point. Add an epsilon before rounding.",
  steps: ["Add Number.EPSILON in round() of src/money.js"],
  paths: ["src/money.js"],
  commands: [],
  tests: ["test/money.test.js already covers it"],
  risks: [],
};

export const edit = (before: string, after: string): Turn =>
  call("edit", { path: "src/money.js", old: before.trim(), new: after.trim() });

export const submitWork = (leftFailing: string[] = []): Turn =>
  call("submit", { summary: "Rounds half a cent up by adding an epsilon.", left_failing: leftFailing });

export const submitPlan = (plan: Plan = PLAN): Turn => call("submit", { ...plan });

/** Reads, then submits the plan. */
export const PLANNING: readonly Turn[] = [
  calls([
    { name: "read", input: { path: "src/money.js" } },
    { name: "grep", input: { pattern: "round" } },
  ]),
  submitPlan(),
];

/** Reads, mends, tests, submits. */
export const WORKING: readonly Turn[] = [
  call("read", { path: "src/money.js" }),
  edit(BUGGY, FIXED),
  call("bash", { command: "node --test 2>&1 | tail -5" }),
  submitWork(),
];

/** Planner and executor say this, the other roles what they say by default. */
export const script = (planner: Script, executor: Script): Script =>
  route([
    { when: says("You plan"), script: planner },
    { when: says("You carry out"), script: executor },
    ...DEFAULT_ROUTES,
  ]);

/** What each role says about one issue, by default nothing special. */
export interface Case {
  readonly router?: Script;
  readonly explorer?: Script;
  readonly planner?: Script;
  readonly executor?: Script;
  readonly reviewer?: Script;
  readonly adviser?: Script;
  readonly runner?: Script;
  readonly reader?: Script;
  readonly onlooker?: Script;
}

const STARTS: Readonly<Record<keyof Case, string>> = {
  router: "You sort",
  explorer: "You explore",
  planner: "You plan",
  executor: "You carry out",
  reviewer: "You review",
  adviser: "You advise",
  runner: "You run tests",
  reader: "You read documentation",
  onlooker: "You look over code",
};

export const planOf = (name: string): Plan => ({ ...PLAN, summary: `${PLAN.summary} (case ${name})` });

/** Reads, then submits a plan that names its case, so that the executor's script can be told apart as well. */
export const planningOf = (name: string): Script => [
  call("read", { path: "src/money.js" }),
  call("submit", { ...planOf(name) }),
];

/** One server, many stories: the issue's text names its case, and so does the plan. */
export const cases = (named: Readonly<Record<string, Case>>): Script =>
  route([
    ...Object.entries(named).flatMap(([name, told]) => {
      const about = (request: { readonly task: string }) => request.task.includes(`case ${name})`);
      const scripts: Case = { planner: planningOf(name), executor: WORKING, ...told };
      return Object.entries(scripts).map(([role, said]: [string, Script]) => ({
        when: (request: ScriptRequest) => about(request) && says(STARTS[role as keyof Case])(request),
        script: said,
      }));
    }),
    ...DEFAULT_ROUTES,
  ]);

/** The issue's text for a case. */
export const caseBody = (name: string): string => `round(1.005) gives 1, not 1.01. (case ${name})`;

export interface Scene {
  readonly repository: RepositoryHandle;
  readonly issue: IssueHandle;
}

let repositories = 0;

/** A repository with a maintainer and a reporter, and an open issue. */
export async function openScene(instance: Instance, files: Files = FILES, body?: string): Promise<Scene> {
  const { github } = instance;
  repositories += 1;
  const repository = await github.repository({ name: `shop-${repositories}`, files });
  github.user("maintainer");
  github.setPermission(repository, "maintainer", "write");
  github.user("reporter");
  github.setPermission(repository, "reporter", "read");
  const title = "1.005 is rounded down";
  const issue = github.openIssue({
    repo: repository,
    user: "reporter",
    title,
    body: body ?? "`round(1.005)` gives 1, not 1.01.",
  });
  return { repository, issue };
}

/** The comment of the App that fits, newest first. */
export const said = (instance: Instance, { issue }: Scene, pattern: RegExp): Promise<string> =>
  eventually(`a comment that fits ${pattern}`, () => ours(instance, { issue }).findLast((body) => pattern.test(body)));

/** Bodies of the App's own comments, oldest first. */
export const ours = (instance: Instance, { issue }: Pick<Scene, "issue">): string[] =>
  instance.github
    .comments(issue)
    .filter((comment) => comment.author === instance.github.app.login)
    .map((comment) => comment.body);

export const digestIn = (plan: string): string => {
  const digest = /\/approve ([0-9a-f]{12})/.exec(plan)?.[1];
  ok(digest !== undefined, "the plan comment names its digest");
  return digest;
};

/** Labels the issue and waits for the plan. */
export async function untilPlan(instance: Instance, scene: Scene, revision = 1): Promise<string> {
  if (revision === 1) instance.github.label(scene.issue, "maintainer", "journeyman");
  return said(instance, scene, new RegExp(`## Plan ${revision}:`));
}

export const comment = (instance: Instance, scene: Scene, body: string, user = "maintainer"): number =>
  instance.github.comment(scene.issue, user, body);

/** The run of this issue, once it is over. */
export const untilOver = (instance: Instance, scene: Scene, timeoutMs = 90_000): Promise<RunState> =>
  eventually(
    "the end of the run",
    async () => {
      const state = await stateOfIssue(instance, scene);
      if (state === null || state.outcome === null) return null;
      // Over for people means that the status comment says so.
      return state.restedAt >= 0 && state.intake !== null && !state.effects[`status.${state.restedAt}`] ? null : state;
    },
    timeoutMs,
  );

export async function factsOfIssue(instance: Instance, scene: Scene): Promise<StoredEvent[]> {
  const rows = await runsOf(instance);
  const row = rows.findLast(
    ({ subject }) => subject.repositoryId === scene.repository.id && subject.issue === scene.issue.number,
  );
  return row === undefined ? [] : instance.journal.load(row.run);
}

export async function stateOfIssue(instance: Instance, scene: Scene): Promise<RunState | null> {
  const facts = await factsOfIssue(instance, scene);
  const [first] = facts;
  return first === undefined ? null : fold(first.run, facts);
}

/** Waits for a fact of this type in the run of the issue. */
export const untilFact = <T extends RunEvent["type"]>(
  instance: Instance,
  scene: Scene,
  type: T,
  fits: (event: EventOf<T>) => boolean = () => true,
) =>
  eventually(`a fact ${type}`, async () =>
    (await factsOfIssue(instance, scene)).find((fact) => fact.event.type === type && fits(fact.event as EventOf<T>)),
  );
