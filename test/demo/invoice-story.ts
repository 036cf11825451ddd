import type { Plan } from "../../src/core/plan.ts";
import { call, calls } from "../support/scripted-model/answer.ts";
import { route, type Script } from "../support/scripted-model/script.ts";
import { found, reviewed, says, sorted } from "../support/story-roles.ts";

/*
 * What the scripted model says in the demo. The edits are those of `fixtures/scripts/invoice-rounding.md`: the first fix is the
 * well-known one and is not enough, the tests show it, the second is.
 */

const PLAN: Plan = {
  title: "Round half cents away from zero",
  summary:
    "roundCents multiplies by 100 in floating point, so 1.005 becomes 100.49999999999999 and is rounded down, and Math.round takes negative halves towards zero, so a refund differs from its invoice. Round the size of the amount and put the sign back.",
  steps: [
    "Mend roundCents in src/money.js",
    "Add tests for the amounts of the issue to test/money.test.js",
    "Add a test that a refund is the opposite of its invoice to test/invoice.test.js",
  ],
  paths: ["src/money.js", "test/money.test.js", "test/invoice.test.js"],
  commands: ["npm test"],
  tests: ["1.005 becomes 1.01, 5.015 becomes 5.02, -6.125 becomes -6.13", "a refund is the opposite of its invoice"],
  risks: ["Other callers of roundCents may rely on the old rounding of negative halves."],
};

const FIRST_FIX = "  return Math.round((amount + Number.EPSILON) * 100) / 100;";
const SECOND_FIX = `  // 5.015 * 100 is a hair below 501.5: take the hair off first. The size is rounded, so a refund mirrors its invoice.
  const cents = Math.round(Number((Math.abs(amount) * 100).toFixed(6)));
  return (amount < 0 ? -cents : cents) / 100;`;

const MONEY_ANCHOR = 'test("formats with groups of three and two decimals", () => {';
const MONEY_TESTS = `test("rounds half a cent up above two units", () => {
  assert.equal(roundCents(5.015), 5.02);
});

test("rounds half a cent of a refund away from zero", () => {
  assert.equal(roundCents(-6.125), -6.13);
});

${MONEY_ANCHOR}`;
const INVOICE_ANCHOR = 'test("is due after its terms", () => {';
const INVOICE_TESTS = `test("a refund is the opposite of its invoice", () => {
  const half = { quantity: 0.5, price: 12.25 };
  const refund = { ...half, quantity: -0.5 };
  const invoiced = totalsOf({ lines: [half], taxRate: 0.2 });
  const refunded = totalsOf({ lines: [refund], taxRate: 0.2 });
  assert.deepEqual(refunded, { net: -invoiced.net, tax: -invoiced.tax, gross: -invoiced.gross });
});

${INVOICE_ANCHOR}`;

const edit = (path: string, before: string, after: string) => ({
  name: "edit",
  input: { path, old: before, new: after },
});
const read = (path: string) => ({ name: "read", input: { path } });
/** So many of the three are done; the next one is at hand. */
const todo = (done: number) => ({
  name: "todo",
  input: {
    items: ["Mend roundCents", "Add tests for amounts", "Add a test for refunds"].map((text, place) => {
      const status = place === done ? "in_progress" : place < done ? "done" : "pending";
      return { id: String(place + 1), text, status };
    }),
  },
});

const PLANNER: Script = [
  calls(
    [
      { name: "glob", input: { pattern: "**/*.js" } },
      read("src/money.js"),
      { name: "grep", input: { pattern: "roundCents" } },
    ],
    "I will look at the rounding and at who uses it.",
  ),
  calls([read("src/invoice.js"), read("test/money.test.js"), read("test/invoice.test.js")]),
  call("submit", { ...PLAN }),
];

const EXECUTOR: Script = [
  calls([read("src/money.js"), read("test/money.test.js"), read("test/invoice.test.js"), todo(0)]),
  calls(
    [
      edit("src/money.js", "  return Math.round(amount * 100) / 100;", FIRST_FIX),
      edit("test/money.test.js", MONEY_ANCHOR, MONEY_TESTS),
      edit("test/invoice.test.js", INVOICE_ANCHOR, INVOICE_TESTS),
      todo(3),
    ],
    "An epsilon before rounding is the usual cure.",
  ),
  call("submit", { summary: "Adds an epsilon before rounding, and the tests of the plan.", left_failing: [] }),
  call(
    "edit",
    edit("src/money.js", FIRST_FIX, SECOND_FIX).input,
    "The epsilon is too small above two units, and negative halves go the wrong way.",
  ),
  call("bash", { command: "npm test 2>&1 | tail -12" }),
  call("submit", {
    summary:
      "roundCents now rounds the size of the amount, after taking off what floating point adds, and puts the sign back: halves go away from zero for refunds too. Tests cover the amounts of the issue and the symmetry of refunds.",
    left_failing: [],
  }),
];

const ROUTER = sorted({
  reason: "Wrong amounts, the function is named, but refunds are rounded by it too.",
  explore: ["Who depends on how roundCents treats negative amounts?"],
});

const EXPLORER: Script = [
  call("grep", { pattern: "roundCents" }),
  found({
    answer:
      "lineTotal and totalsOf in src/invoice.js; a refund reaches both with a negative quantity, and no test covers one.",
    files: [
      { path: "src/money.js", symbols: ["roundCents"], why: "It rounds." },
      { path: "src/invoice.js", symbols: ["lineTotal", "totalsOf"], why: "The only callers, refunds included." },
    ],
    conventions: ["Amounts are numbers with two decimals."],
  }),
];

const REVIEWER = reviewed({
  summary: "The change does what the issue's table asks, for refunds too, and its tests would fail without it.",
  findings: [
    {
      severity: "minor",
      path: "src/money.js",
      line: null,
      title: "Six decimals are a choice of their own",
      detail: "Up to which amount six decimals are exact is not said; a word on it would help whoever changes this.",
    },
  ],
});

export const INVOICE_SCRIPT: Script = route([
  { when: says("You sort"), script: [ROUTER] },
  { when: says("You explore"), script: EXPLORER },
  { when: says("You plan"), script: PLANNER },
  { when: says("You carry out"), script: EXECUTOR },
  { when: says("You review"), script: [REVIEWER] },
]);
