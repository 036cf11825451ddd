import type { RunEvent } from "../../src/core/events.ts";
import { digestOf } from "../../src/core/digest.ts";
import { Sha } from "../../src/core/ids.ts";
import type { Finding } from "../../src/core/review.ts";
import type { Routing } from "../../src/core/understanding/routing.ts";
import type { Settings } from "../../src/core/settings/settings.ts";
import * as facts from "./facts.ts";

/*
 * True facts of the work on a plan, from the first checkpoint to the review.
 */

export const routed = (more: Partial<Routing> = {}): RunEvent => ({
  type: "issue.routed",
  conversation: "route.1",
  kind: "bug",
  difficulty: "medium",
  reason: "one function rounds wrongly",
  unclear: [],
  explore: [],
  skills: [],
  ...more,
});

export const explored = (): RunEvent => ({
  type: "exploration.finished",
  answers: [],
  files: [],
  conventions: [],
  unknown: [],
  setup: null,
  tests: "npm test",
  failed: [],
});

export const started = (
  conversation: string,
  more: Partial<Extract<RunEvent, { type: "conversation.started" }>> = {},
): RunEvent => ({
  type: "conversation.started",
  conversation,
  role: "executor",
  model: "claude-opus-5-5",
  effort: "medium",
  system: "You carry out.",
  tools: [],
  message: { role: "user", content: [{ type: "text", text: "Do it." }] },
  ...more,
});

/** What a turn left behind: these files, each with bytes of its own version. */
export const saved = (paths: readonly string[], version = 1): RunEvent => ({
  type: "checkpoint.saved",
  conversation: "implement.1",
  turn: version,
  changes: paths.map((path) => ({
    status: "modified",
    path,
    mode: "100644",
    size: 10 + version,
    blob: Sha.parse(String(version % 10).repeat(40)),
    artifact: digestOf(`${path} ${version}`),
  })),
  refused: [],
  ignored: 0,
});

export const finding = (severity: Finding["severity"], more: Partial<Finding> = {}): Finding => ({
  severity,
  path: "src/money.js",
  line: 1,
  title: "Negative amounts are rounded the other way",
  detail: "round(-1.005) gives -1; it should give -1.01.",
  ...more,
});

export const reviewed = (...findings: Finding[]): RunEvent => ({
  type: "change.reviewed",
  conversation: "review.1",
  summary: "It does what the issue asks.",
  findings,
});

export const abandoned = (stage: "review" | "implement", code: string): RunEvent => ({
  type: "stage.abandoned",
  stage,
  code,
  details: {},
});

export const reproduced = (attempt: number, failing: string[]): RunEvent => {
  const exitCode = failing.length === 0 ? 0 : 1;
  const { type: _, ...report } = facts.report({ attempt, failing, exitCode }) as Extract<
    RunEvent,
    { type: "tests.finished" }
  >;
  return { type: "reproduction.finished", files: ["test/money.test.js"], report, reproduced: exitCode === 1 };
};

/** Prepared, with something changed in `paths`. */
export const atWork = (paths: readonly string[] = ["src/money.js"], settings?: Settings): RunEvent[] => [
  ...facts.toPrepared(settings),
  started("implement.1"),
  saved(paths),
];

/** Prepared work on a bug that was submitted and passed. */
export const passed = (paths?: readonly string[], settings?: Settings): RunEvent[] => [
  ...atWork(paths, settings),
  facts.submitted(),
  facts.report(),
];

/** One more submission whose tests fail. */
export const failedAttempt = (conversation = "implement.1"): RunEvent[] => [
  { type: "work.submitted", conversation, summary: "Another try.", leftFailing: [] },
  facts.report({ exitCode: 1, failing: ["rounds half up"] }),
];

export const passedAttempt = (conversation = "implement.1"): RunEvent[] => [
  { type: "work.submitted", conversation, summary: "Mended what the review found.", leftFailing: [] },
  facts.report({ attempt: 2 }),
];
