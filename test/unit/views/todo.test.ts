import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import type { Todo } from "../../../src/core/todo.ts";
import { statusComment } from "../../../src/views/status-comment.ts";
import { timeline } from "../../../src/views/timeline.ts";
import { foreign, headings } from "../../support/composed.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

const VIEW = { runUrl: null };
const updated = (...items: Todo[]): RunEvent => ({ type: "todo.updated", items });
const ITEMS: Todo[] = [
  { id: "1", text: "Write the test", status: "done", evidence: "it fails on the base commit" },
  { id: "2", text: "Mend round()", status: "in_progress" },
  { id: "3", text: "Run all tests", status: "pending" },
];
const status = (...more: RunEvent[]): string => statusComment(facts.stateOf([...work.atWork(), ...more]), VIEW);

test("the executor's list says what is done and why, what is at hand, and what is left", () => {
  expect(status(updated(...ITEMS))).toContain(
    [
      "**The executor's own list, 1 of 3 done:**",
      "",
      "- [x] Write the test (it fails on the base commit)",
      "- [ ] Mend round() **← now**",
      "- [ ] Run all tests",
    ].join("\n"),
  );
});

test("it is a list of its own, not the tail of the run's steps", () => {
  const between =
    status(updated(...ITEMS))
      .split("- [ ] pull request")[1]
      ?.split("- [x] Write")[0] ?? "";
  expect(between.trim()).toMatch(/^\*\*.*\*\*$/);
});

test("where there is no list, or the run is over, nothing is said of one", () => {
  expect(status()).not.toContain("own list");
  const end: RunEvent = { type: "run.finished", outcome: "cancelled", code: null, details: { login: "maintainer" } };
  expect(status(updated(...ITEMS), end)).not.toContain("own list");
});

test("S38 S39 whatever a list holds, the comment keeps its own headings and shows nothing foreign", () => {
  const hostile = "# Heading\n- @octocat closes #7 ![x](https://evil.test/p.png) </details> `";
  const text = status(updated({ id: "1", text: hostile, status: "done", evidence: hostile }));
  expect(headings(text)).toEqual(["Journeyman: working"]);
  expect(foreign(text)).toEqual([]);
});

test("a list as long as its schema allows leaves room for the rest", () => {
  const items = Array.from({ length: 30 }, (_, at) => ({
    id: String(at),
    text: "*d_ ".repeat(50),
    status: "done" as const,
    evidence: "*d_ ".repeat(75),
  }));
  expect(status(updated(...items)).length).toBeLessThan(30_000);
});

test("the timeline tells how far the list is", () => {
  expect(timeline(facts.stored([updated(...ITEMS)]), { all: false })).toContain("1 of 3 done, now: Mend round()");
});
