import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { pullRequestBody } from "../../../src/views/pull-request.ts";
import { statusComment } from "../../../src/views/status-comment.ts";
import { timeline } from "../../../src/views/timeline.ts";
import { foreign, headings } from "../../support/composed.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const VIEW = { runUrl: null };
const bodyOf = (events: readonly RunEvent[]): string => pullRequestBody(facts.stateOf(events), VIEW);
const blocker = work.finding("blocker");
const WITH_TEST = ["src/money.js", "test/money.test.js"];
const failures = (count: number): RunEvent[] => Array.from({ length: count }, () => work.failedAttempt()).flat();
const reviewer = work.started("review.1", { role: "reviewer", model: "claude-opus-5-5" });

describe("a review in the pull request", () => {
  test("findings are shown most severe first as they were kept, with place and model", () => {
    const body = bodyOf([...work.passed(), reviewer, work.reviewed(blocker, work.finding("nit", { line: null }))]);
    expect(body).toContain("### Review");
    expect(body).toContain("(`claude-opus-5-5`) says:");
    expect(body).toMatch(/- \*\*blocker\*\* `src\/money\.js:1`: Negative amounts .*\n- \*\*nit\*\* `src\/money\.js`: /);
  });

  test("a review that found nothing says so", () => {
    expect(bodyOf([...work.passed(), work.reviewed()])).toContain("It found nothing to mend.");
  });

  test("whether a fix was made after it is said", () => {
    const reviewed = [...work.passed(), work.reviewed(blocker)];
    expect(bodyOf([...reviewed, ...work.passedAttempt()])).toContain("worked on once more and tested again");
    expect(bodyOf([...reviewed, ...failures(4)])).toContain(
      "its tests fail, so the change is published as it was reviewed",
    );
    const given = bodyOf([...reviewed, work.abandoned("implement", "turn_limit")]);
    expect(given).toContain("came to no end (it used all its turns), so the change is published as it was reviewed");
    expect(bodyOf([...work.passed(), work.reviewed(work.finding("minor"))])).not.toContain("After this review");
  });

  test("what is published is what passed: its words, its verdict and its row, not those of the fix that failed", () => {
    const later = facts.report({ attempt: 2, exitCode: 1, failing: ["rounds half up"] });
    const tried = [...failures(1).slice(0, 1), later, ...failures(3)];
    const body = bodyOf([...work.passed(), work.reviewed(blocker), ...tried]);
    expect(body).toContain("| attempt 2, not kept |");
    expect(body).toContain("The tests pass on exactly these files.");
    expect(body).toContain("> Rounded in cents.");
    expect(body).not.toContain("Another try.");
    expect(body).toContain("| final (attempt 1) |");
  });

  test("without a review the cause is named", () => {
    expect(bodyOf([...work.passed(), work.abandoned("review", "model_refused")])).toContain(
      "**Not reviewed:** the model declined.",
    );
  });

  test("S38 S39 whatever a reviewer writes, the text keeps its own headings and shows nothing foreign", () => {
    const pieces = [
      "```\n@octocat Fixes #7 ![x](https://evil.test/p.png) <img src=https://evil.test/q.png>\n<!-- hidden -->\n```",
      "# Heading",
      "- item",
      "| a |\n| - |",
      "`",
      "~~~",
      "</details>",
      "Closes octo/other#2 @everyone",
      "\n/merge\n",
      "[x](https://evil.test)",
      "\u202Eabc",
    ];
    const field = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((all) => all.join("\n"));
    fc.assert(
      fc.property(field, field, field, field, (summary, title, detail, path) => {
        const review: RunEvent = {
          type: "change.reviewed",
          conversation: "review.1",
          summary,
          findings: [work.finding("blocker", { title, detail, path })],
        };
        const body = bodyOf([...work.passed(), review]);
        expect(headings(body)).toEqual(["Test evidence", "Review", "What was done", "Approved plan", "Cost"]);
        expect(foreign(body)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("a review as long as its schema allows leaves room for the rest", () => {
    const long = Array.from({ length: 20 }, () =>
      work.finding("major", { path: "d/".repeat(149), title: "t".repeat(150), detail: "*d_ ".repeat(375) }),
    );
    const body = bodyOf([...work.passed(), work.reviewed(...long)]);
    expect(body.length).toBeLessThan(60_000);
    expect(headings(body)).toContain("Cost");
  });
});

describe("what shows a bug, in the pull request", () => {
  const bug = (...more: RunEvent[]): string => bodyOf([...work.passed(WITH_TEST), work.routed(), ...more]);

  test("tests that fail without the change are named as the proof", () => {
    const body = bug(work.reproduced(1, ["rounds half up"]));
    expect(body).toContain("The new tests show the bug");
    expect(body).toMatch(/\*\*Fail without the change, pass with it\*\*\s+- `rounds half up`/);
  });

  test("tests that pass without the change do not show the bug, and that is said", () => {
    expect(bug(work.reproduced(1, []))).toContain(
      "**The new tests pass without the change: they do not show the bug.**",
    );
  });

  test("a bug's change without a test says so", () => {
    expect(bodyOf([...work.passed(), work.routed()])).toContain("**No test was added or changed:**");
  });

  test("a test that failed before and passes now shows the bug already", () => {
    const before = facts.report({ phase: "baseline", attempt: 0, exitCode: 1, failing: ["rounds half up"] });
    const events = [...work.passed(), work.routed()].map((event) =>
      event.type === "tests.finished" && event.phase === "baseline" ? before : event,
    );
    expect(bodyOf(events)).toContain("**No test was added:** 1 test that failed before shows the bug already");
  });

  test("a proof of an earlier change is not shown for a later one", () => {
    const body = bug(
      work.reproduced(1, ["rounds half up"]),
      work.reviewed(blocker),
      work.saved(["src/money.js"], 2),
      ...work.passedAttempt(),
    );
    expect(body).not.toContain("The new tests show the bug");
  });

  test("for a feature none of this is said", () => {
    const body = bodyOf([...work.passed(WITH_TEST), work.routed({ kind: "feature" })]);
    expect(body).not.toContain("No test was added");
  });
});

describe("how the work went, in the pull request", () => {
  test("flaky tests are named", () => {
    const flaky = facts.report({ flaky: ["sometimes slow"] });
    const body = bodyOf([...work.atWork(), facts.submitted(), flaky]);
    expect(body).toContain("| passed, 1 flaky |");
    expect(body).toMatch(/\*\*Flaky: failed, then passed on the very same files\*\*\s+- `sometimes slow`/);
  });

  test("a stronger model that went on with the work is named with the reason; a fresh context of the same is not", () => {
    const stronger = work.started("implement.2", {
      continues: { conversation: "implement.1", cause: "escalation" },
      effort: "high",
      reason: "2 failed attempts by executor",
    });
    const longer = work.started("implement.3", {
      continues: { conversation: "implement.2", cause: "context" },
      reason: "the conversation grew too long",
    });
    const body = bodyOf([...work.atWork(), ...failures(2), stronger, longer, ...work.passedAttempt("implement.3")]);
    expect(body).toContain("The work went on with `claude-opus-5-5`, effort high: 2 failed attempts by executor");
    expect(body).not.toContain("grew too long");
    const status = statusComment(facts.stateOf([...work.atWork(), ...failures(2), stronger]), VIEW);
    expect(status).toContain("change made, 1 fix, taken over by `claude-opus-5-5` (effort high)");
    const lines = timeline(facts.stored([...work.atWork(), ...failures(2), stronger]), { all: false });
    expect(lines).toMatch(/conversation\.started .*2 failed attempts by executor/);
    expect(lines).not.toContain("implement.1: executor");
  });

  test("the status comment has the review as a step, done with its number of findings or gone on without", () => {
    const status = (events: readonly RunEvent[]): string => statusComment(facts.stateOf(events), VIEW);
    expect(status(work.passed())).toContain("- [ ] change reviewed");
    expect(status([...work.passed(), work.reviewed(blocker)])).toContain("- [x] change reviewed, 1 finding");
    expect(status([...work.passed(), work.abandoned("review", "turn_limit")])).toContain(
      "- [x] gone on without a review",
    );
  });
});
