import type { Files } from "../../support/github/repositories.ts";
import { call, slow, type Turn } from "../../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../../support/scripted-model/request.ts";
import type { Script } from "../../support/scripted-model/script.ts";
import * as story from "../../support/story.ts";

/*
 * One small run, always with the same end: a planner who looks and plans, an executor who mends, looks and submits. The tests are one
 * process that takes no time, so that a cell costs little more than its sandboxes.
 */

export const SETTINGS = `tests:
  command: node check.mjs
review:
  enabled: false
limits:
  memory_mb: 256
`;

const CHECK = `import { round } from "./src/money.js";
if (round(2.25) !== 2.25) { console.log("2.25 is not kept"); process.exit(1); }
console.log("ok");
`;

export const FILES: Files = {
  "package.json": `${JSON.stringify({ name: "shop", type: "module", private: true })}\n`,
  "src/money.js": story.BUGGY,
  "check.mjs": CHECK,
  ".github/journeyman.yml": SETTINGS,
};

/** The tests take so long that they can be met. */
export const SLOW_CHECK: Files = {
  ...FILES,
  "check.mjs": `${CHECK}await new Promise((resolve) => setTimeout(resolve, 1500));\n`,
};

/** Installs; the tests need what the installation leaves at its very end. */
export const INSTALLS: Files = {
  ...FILES,
  ".gitignore": "node_modules/\n",
  ".github/journeyman.yml": `${SETTINGS}setup:
  command: "sleep 3; mkdir -p node_modules/x; echo ok > node_modules/x/y"
`,
  "check.mjs": `${CHECK}import { readFileSync } from "node:fs";
if (readFileSync("node_modules/x/y", "utf8") !== "ok\\n") process.exit(1);
`,
};

/** The change as it is published, beside what does not change. */
export const AFTER = { "src/money.js": story.FIXED } as const;

const BROKEN = "export const round = () => 0;\n";

/** Streams for a second and a half, so that a stream can be met. */
const lingering = (turn: Turn): Turn => slow(1_500, turn);

export const PLANNER: readonly Turn[] = [
  call("read", { path: "src/money.js" }),
  lingering(call("grep", { pattern: "round" })),
  story.submitPlan(),
];

export const EXECUTOR: readonly Turn[] = [
  story.edit(story.BUGGY, story.FIXED),
  call("bash", { command: "sleep 1; node check.mjs" }),
  story.submitWork(),
];

/** The first attempt does not pass. */
export const FIXING: readonly Turn[] = [
  story.edit(story.BUGGY, BROKEN),
  story.submitWork(),
  story.edit(BROKEN, story.FIXED),
  story.submitWork(),
];

/** What the model is told when its work was interrupted: its changes after that answer are gone, whatever their results say. */
const LOST = /The workspace is now as (?:it was at the start|after your answer number (\d+))/;

/**
 * How far a conversation has come: the answers that it holds, but for those whose work was lost. These are given again, as a model would
 * that looks at the files.
 */
export function standing({ messages }: ScriptRequest): number {
  const after = [0];
  let step = 0;
  for (const { role, content } of messages) {
    if (role === "assistant") after.push((step += 1));
    const lost = role === "user" ? LOST.exec(JSON.stringify(content)) : null;
    if (lost !== null) step = after[Number(lost[1] ?? 0)] ?? 0;
  }
  return step;
}

export const inOrder =
  (turns: readonly Turn[]): Script =>
  (request) =>
    turns[Math.min(standing(request), turns.length - 1)]!;

export const script = (planner: readonly Turn[] = PLANNER, executor: readonly Turn[] = EXECUTOR): Script =>
  story.script(inOrder(planner), inOrder(executor));
