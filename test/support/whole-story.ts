import type { Instance } from "./instance.ts";
import { call, calls, type Turn } from "./scripted-model/answer.ts";
import type { ScriptRequest } from "./scripted-model/request.ts";
import { route, type Script } from "./scripted-model/script.ts";
import { DEFAULT_ROUTES, reviewed, says } from "./story-roles.ts";
import * as story from "./story.ts";

/*
 * One run in which everything is shown that a run shows: a question, two plans, help, a refusal, a fix of failing tests, a review with a
 * finding, a pull request. The journals in fixtures/journals are of this story.
 */

const QUESTION = "Are negative amounts meant as well?";
const FEEDBACK = "name the test";
const NAMED = { ...story.PLAN, tests: ["test/money.test.js covers it: half a cent is rounded up"] };

const LOOK = calls([
  { name: "read", input: { path: "src/money.js" } },
  { name: "grep", input: { pattern: "round" } },
]);

const textOf = ({ messages }: ScriptRequest): string => JSON.stringify(messages);

/** Asks first, then plans; what was asked stands in a later planning's task. */
function planner(request: ScriptRequest): Turn {
  const said = textOf(request);
  const isRevised = said.includes(FEEDBACK);
  if (request.n === 0 && !isRevised) return call("ask", { questions: [QUESTION] });
  return request.n === (isRevised ? 0 : 1) ? LOOK : story.submitPlan(isRevised ? NAMED : story.PLAN);
}

const EXECUTOR: readonly Turn[] = [
  LOOK,
  story.edit(story.BUGGY, story.HALF_FIXED),
  call("bash", { command: "node --test 2>&1 | tail -3" }),
  story.submitWork(),
  story.edit(story.HALF_FIXED, story.FIXED),
  story.submitWork(),
  call("read", { path: "src/money.js" }),
  story.submitWork(),
];

const REVIEW = reviewed({
  findings: [
    { severity: "major", path: "src/money.js", line: 1, title: "Negative amounts", detail: "round(-1.005) gives -1." },
  ],
});

export const WHOLE_STORY: Script = route([
  { when: says("You plan"), script: planner },
  { when: says("You carry out"), script: EXECUTOR },
  { when: says("You review"), script: [REVIEW] },
  ...DEFAULT_ROUTES,
]);

/** From the label to the second plan, and the comment that approves it. */
export async function toApproval(instance: Instance, scene: story.Scene): Promise<void> {
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await story.said(instance, scene, /needs an answer/);
  story.comment(instance, scene, "/answer Yes, those too.");
  await story.said(instance, scene, /## Plan 1:/);
  story.comment(instance, scene, "/help", "reporter");
  story.comment(instance, scene, "/approve", "reporter");
  story.comment(instance, scene, `/revise ${FEEDBACK}`);
  const plan = await story.said(instance, scene, /## Plan 2:/);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
}
