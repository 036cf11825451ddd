import { expect, test } from "vitest";
import { backtest } from "../../../src/eval/backtest.ts";
import { backtestLines, backtestMarkdown, backtestReport } from "../../../src/eval/backtest-report.ts";
import { createRecordedModel } from "../../../src/eval/recorded-model.ts";
import { exportedRun } from "../../../src/eval/stored-run.ts";
import { ROOT } from "../../support/source.ts";
import { never, price, scripted } from "./asked.ts";

const FILE = `${ROOT}/fixtures/evals/prefixes/js-half-cent.jsonl`;

const read = (path: string) => ({ read: { path } });
const SCRIPT = scripted({
  planner: [
    { when: { system_includes: "Ask first." }, answers: [{ calls: [{ ask: { questions: ["?"] } }] }] },
    {
      answers: [
        { calls: [{ grep: { pattern: "round\\(", glob: "*.js" } }, read("src/money.js"), read("test/money.test.js")] },
        { calls: [{ submit: { title: "Another plan" } }] },
      ],
    },
  ],
  executor: [{ calls: [read("src/money.js")] }],
});

async function asked(about: { prompts?: { planner: string }; model?: string } = {}) {
  const model = createRecordedModel({ script: SCRIPT, name: "s.yml", price });
  const { prompts = {}, model: chosenModel = null } = about;
  const stored = await exportedRun(FILE);
  const reports = await backtest([stored], { live: null, model, price, prompts, chosenModel, signal: never });
  return { stored, reports, of: (conversation: string) => reports.filter((one) => one.conversation === conversation) };
}

test("every stored turn is asked with the very beginning that it had, and its answer compared", async () => {
  const { stored, reports, of } = await asked();
  expect(reports).toHaveLength(stored.turns.length);
  expect(of("plan.1").map(({ likeness }) => likeness)).toEqual(["same", "same_target"]);
  expect(of("implement.1").map(({ likeness }) => likeness)).toEqual([
    "different",
    "no_answer",
    "no_answer",
    "no_answer",
  ]);
  const second = stored.turns.find(({ conversation, turn }) => conversation === "plan.1" && turn === 2);
  expect(second?.request.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
});

test("a changed system text shows: other calls on the turns of its role, nothing elsewhere", async () => {
  const before = await asked();
  const after = await asked({ prompts: { planner: "You plan a change. Ask first." } });
  expect(after.of("plan.1").map(({ likeness, after }) => [likeness, after])[0]).toEqual(["different", "ask"]);
  expect(after.of("implement.1")).toEqual(before.of("implement.1"));
  const report = backtestReport("recorded", after.reports);
  expect(backtestLines(report)).toMatch(/plan\.1 +1 +DIFFERENT .*\n +then: read .*\n +now: +ask/);
  expect(backtestMarkdown(report)).toMatch(/\| plan\.1 \| planner \| 1 \| DIFFERENT \| read .* \| ask \|/);
});

test("another model is asked in every turn and paid at its own price", async () => {
  const [dear, cheap] = [await asked({ model: "claude-opus-5" }), await asked({ model: "claude-haiku-4-5" })];
  const cost = ({ reports }: typeof dear): number => reports.reduce((sum, { costAfter }) => sum + costAfter, 0);
  expect(cost(dear) / cost(cheap)).toBeGreaterThan(4);
  expect(dear.reports.map(({ costBefore }) => costBefore)).toEqual(cheap.reports.map(({ costBefore }) => costBefore));
});
