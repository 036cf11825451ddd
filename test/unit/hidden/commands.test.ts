import { expect, test } from "vitest";
import { plannerTask } from "../../../src/agent/context.ts";
import { routerBrief } from "../../../src/agent/understanding.ts";
import { overviewOf } from "../../../src/core/understanding/overview.ts";
import { ISSUE, PLAN } from "../../support/facts.ts";

/* Words behind a command are a comment's, and may have been written by whoever opened the issue. */

const CANARY = "canary-5531";
const tags = Array.from(CANARY, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
const said = `Keep it small. <!-- ${CANARY} --> Yes.${tags}\n\n[//]: # (${CANARY})\n`;
const word = "9f86d081884c7d65";
const asked = { word, issue: ISSUE, guidance: said };

const TEXTS: Readonly<Record<string, string>> = {
  router: routerBrief({ ...asked, overview: overviewOf([]), skills: [] }).text,
  planner: plannerTask({
    ...asked,
    instructions: [],
    testCommand: null,
    revision: { plan: PLAN, feedback: said },
    answers: [{ conversation: "plan.1", questions: ["Which?"], answer: said }],
    routing: null,
    exploration: null,
    skills: [],
  }),
};

test.each(Object.entries(TEXTS))("S30 S31 the %s is told of a command what its readers see, and no more", (_, text) => {
  expect(text).toContain("Keep it small.");
  expect(text).not.toContain(CANARY);
  expect(text).not.toMatch(/[\u{E0000}-\u{E007F}]/u);
});
