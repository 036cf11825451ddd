import { expect, test } from "vitest";
import { judgeChange } from "../../../src/core/change/policy.ts";
import { sentenceOf } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { pullRequestBody } from "../../../src/views/pull-request.ts";
import { foreign, headings } from "../../support/composed.ts";
import * as facts from "../../support/facts.ts";
import * as work from "../../support/work-facts.ts";

/* Whoever steers a reviewer or a test's name can make a text long, and must not push what is ours out of the pull request by that. */

const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const long = (start: string, length: number): string => start.padEnd(length, "&");

test("S38 findings and test names as long and as many as can be leave room for what a person should look at", () => {
  const findings = many(20, (at) =>
    work.finding("minor", { path: long(`p${at}`, 300), title: long("t", 150), detail: long("d", 1_500) }),
  );
  const failing = (kind: string): string[] => many(200, (at) => long(`${kind} ${at} `, 300));
  const paths = many(100, (at) => `${"d/".repeat(30)}${"n".repeat(180)}${at}.js`);
  const saved = work.saved([...paths, "elsewhere.js"]);
  if (saved.type !== "checkpoint.saved") throw new TypeError("not a checkpoint");
  const checked: RunEvent = {
    type: "change.checked",
    verdict: "publishable",
    reasons: [],
    refused: [],
    changes: saved.changes,
    sensitive: ["AGENTS.md", ...paths],
  };
  const before = facts
    .toPrepared()
    .map((event) =>
      event.type === "tests.finished" ? { ...event, failing: [...failing("x"), ...failing("y")] } : event,
    );
  const after = facts.report({ failing: [...failing("x"), ...failing("new")], flaky: failing("flaky") });
  const state = facts.stateOf([...before, facts.submitted(), after, work.reviewed(...findings), checked]);
  const body = pullRequestBody(state, { runUrl: null });
  expect(body.length).toBeLessThanOrEqual(60_000);
  expect(headings(body).slice(0, 4)).toEqual(["Test evidence", "Review", "Where to look", "What was done"]);
  expect(body).toContain("**Not named in the plan");
  expect(body).toContain("Shortened");
});

test("S38 a name of blanks is no code mark that swallows ours and sets free what stands behind it", () => {
  for (const path of [" ", "\u0007", "`", " ` "]) {
    const hostile = work.finding("minor", { path, line: null, title: "@octocat`x", detail: "@octocat``x #7" });
    const body = pullRequestBody(facts.stateOf([...work.passed(), work.reviewed(hostile)]), { runUrl: null });
    expect(foreign(body)).toEqual([]);
  }
});

test("S38 S39 a link's name and target are shown as code in the sentence that refuses it", () => {
  const bait = "x` ![i](https://evil.test/p.png) @octocat #7 <img src=x>";
  const reasons = (["symlink", "bad_path", "special_file"] as const).flatMap((reason) => {
    const detail = reason === "symlink" ? bait : "";
    return judgeChange({ files: [], deleted: [], refused: [{ path: bait, reason, detail }], protectedGlobs: [] })
      .reasons;
  });
  expect(reasons).toHaveLength(3);
  expect(foreign(sentenceOf("change_refused", { reasons: reasons.join("; ") }))).toEqual([]);
});
