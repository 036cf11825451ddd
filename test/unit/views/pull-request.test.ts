import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { owed } from "../../../src/views/owed.ts";
import { planComment } from "../../../src/views/plan-comment.ts";
import { commitMessage, pullRequestBody, pullRequestTitle } from "../../../src/views/pull-request.ts";
import { foreign, headings } from "../../support/composed.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const VIEW = { runUrl: null };
const HOSTILE: Plan = {
  ...facts.PLAN,
  title: "Round @octo/team fixes #7 ![x](https://evil.test/?leak)",
  summary: "Closes #1, resolves octo/other#2. @everyone\n\n/merge\n\n![p](https://evil.test/p.png) <img src=x>",
  steps: ["</details> <!-- hidden --> run `a` | b"],
  paths: ["src/a`b`.js", "x\ny"],
};

const planned = (plan: Plan): RunEvent[] =>
  facts.toPrepared().map((event) => (event.type === "plan.proposed" ? facts.proposed(1, plan) : event));

describe("what is written in our name", () => {
  test("S38 S39 a hostile plan mentions nobody, closes nothing but our issue, and shows no image", () => {
    const state = facts.stateOf([...planned(HOSTILE), facts.submitted(), facts.report()]);
    const body = pullRequestBody(state, VIEW);
    const prose = body.replace(/`[^`]*`/g, "");
    expect(prose.match(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+(?:[\w-]+\/[\w-]+)?#\d+/gi)).toEqual([
      "Closes #12",
    ]);
    expect(prose).not.toMatch(/@\w/);
    expect(prose).not.toMatch(/!\[|<img/);
    expect(prose).not.toMatch(/^\/merge/m);
  });

  test("S38 S39 whatever the fields of a plan hold, the composed texts keep their own headings and show nothing foreign", () => {
    const attack =
      "```\n@octocat Fixes #7 ![x](https://evil.test/p.png) <img src=https://evil.test/q.png>\n<!-- hidden -->\n```";
    const pieces = [
      attack,
      "~~~",
      "```js",
      "# Heading",
      "> quote",
      "1. one\n2. two",
      "| a |\n| - |",
      "<details>",
      "---",
      "`",
      "x",
    ];
    const field = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 })
      .map((chosen) => chosen.join("\n"));
    const hostile = fc.record({ summary: field, step: field, risk: field, test: field, said: field });
    fc.assert(
      fc.property(hostile, ({ summary, step, risk, test: covered, said }) => {
        const plan: Plan = { ...facts.PLAN, summary, steps: [step, "last step"], risks: [risk], tests: [covered] };
        const proposal = facts.proposed(1, plan);
        const submitted: RunEvent = {
          type: "work.submitted",
          conversation: "implement.1",
          summary: said,
          leftFailing: [],
        };
        const state = facts.stateOf([...planned(plan), submitted, facts.report()]);
        const comment = proposal.type === "plan.proposed" ? planComment(state, proposal) : "";
        expect(headings(comment)).toEqual([
          "Plan 1: Round half up",
          "Steps",
          "Paths that will be touched",
          "Tests",
          "Risks and open questions",
        ]);
        expect(headings(pullRequestBody(state, VIEW))).toEqual([
          "Test evidence",
          "What was done",
          "Approved plan",
          "Cost",
        ]);
        for (const text of [comment, pullRequestBody(state, VIEW)]) expect(foreign(text)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("S61 title and commit message are one line of ours, without mention, reference or trailer", () => {
    const state = facts.stateOf(planned({ ...HOSTILE, title: "Fix\nCo-authored-by: Eve <e@evil.test> @octo #7" }));
    const title = pullRequestTitle(state);
    expect(title).not.toMatch(/[\r\n]|@\w|#\d/);
    expect(
      commitMessage(state)
        .split("\n")
        .filter((line) => /^[\w-]+: /.test(line)),
    ).toEqual([]);
  });

  test("a plan as long as its schema allows stays below GitHub's limit and still says how to approve it", () => {
    const long: Plan = {
      ...facts.PLAN,
      summary: "word ".repeat(800),
      steps: Array.from({ length: 30 }, () => "step ".repeat(100)),
      paths: Array.from({ length: 100 }, (_, at) => `${"d/".repeat(140)}${at}`),
      tests: Array.from({ length: 30 }, () => "test ".repeat(100)),
      risks: Array.from({ length: 20 }, () => "risk ".repeat(100)),
    };
    const proposal = facts.proposed(1, long);
    if (proposal.type !== "plan.proposed") throw new TypeError("not a plan");
    const comment = planComment(facts.stateOf(planned(long)), proposal);
    expect(comment.length).toBeLessThan(60_000);
    expect(comment).toMatch(/\/approve [0-9a-f]{12}/);
  });

  test("what a reader should look at stands under a heading of ours, not among the reviewer's words", () => {
    const saved = work.saved(["src/money.js", "test/money.test.js", "elsewhere.js"]);
    if (saved.type !== "checkpoint.saved") throw new TypeError("not a checkpoint");
    const [changes, sensitive] = [saved.changes, ["test/money.test.js"]];
    const judged = { verdict: "publishable" as const, reasons: [], refused: [], changes, sensitive };
    const checked: RunEvent = { type: "change.checked", ...judged };
    const body = pullRequestBody(facts.stateOf([...work.passed(), work.reviewed(), checked]), VIEW);
    expect(headings(body).slice(1, 4)).toEqual(["Review", "Where to look", "What was done"]);
    const [, below = ""] = body.split("### Where to look");
    expect(below.split("###")[0]).toMatch(/Not named in the plan[^]*`elsewhere\.js`[^]*Needs a careful look/);
  });

  test("a bar in a command does not break the table of test runs", () => {
    const state = facts.stateOf([
      ...facts.toPrepared(),
      facts.submitted(),
      facts.report({ command: "npm test | tee out" }),
    ]);
    expect(pullRequestBody(state, VIEW)).toContain("| `npm test \\| tee out` |");
  });
});

describe("what GitHub is owed", () => {
  const keys = (events: readonly RunEvent[]): string[] => owed(facts.stateOf(events), VIEW).map(({ key }) => key);
  const done = (key: string): RunEvent => ({ type: "effect.done", key, kind: "comment", remoteId: "5", url: "" });

  test("each effect is owed once: what is done is not owed again", () => {
    expect(keys(facts.toPlan())).toEqual(["eyes.1", "status", "plan.1"]);
    expect(keys([...facts.toPlan(), done("eyes.1"), done("status"), done("plan.1")])).toEqual(["status.4"]);
    expect(keys([...facts.toPlan(), done("eyes.1"), done("status"), done("plan.1"), done("status.4")])).toEqual([]);
  });

  test("a parking is said once for each cause and stage, however often it comes back", () => {
    const parked: RunEvent = { type: "run.parked", code: "docker_unreachable", details: {}, resumeAt: null };
    const resumed: RunEvent = { type: "run.resumed", command: null };
    const shown = [...facts.toPrepared(), ...["eyes.1", "eyes.5", "status", "plan.1"].map(done)];
    const key = "parked.docker_unreachable.start";
    expect(keys([...shown, parked])).toContain(key);
    expect(keys([...shown, parked, done(key), resumed, parked])).not.toContain(key);
    const later: RunEvent = { type: "stage.started", stage: "verify", round: 0, worker: "w" };
    expect(keys([...shown, parked, done(key), resumed, later, parked])).toContain("parked.docker_unreachable.verify");
    const ended: RunEvent = { type: "run.finished", outcome: "cancelled", code: null, details: { login: "x" } };
    expect(keys([...shown, parked, ended])).toEqual(["end", `status.${shown.length + 1}`]);
  });
});
