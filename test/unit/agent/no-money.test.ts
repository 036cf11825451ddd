import { afterAll, beforeAll, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { drive, only } from "../../support/driven-loop.ts";
import { type LocalWorkspace, openLocalWorkspace } from "../../support/local-workspace.ts";
import { call, calls, scriptedPort } from "../../support/scripted-port.ts";

/* A request that may not be written down for want of money: it is not sent either. */

let workspace: LocalWorkspace;
beforeAll(async () => {
  workspace = await openLocalWorkspace({});
});
afterAll(() => workspace.close());

const submitting = () => scriptedPort(calls(call("s", "submit", { summary: "Done." })));

/** Refuses so many requests. */
function refusing(code: "day_budget_reserved" | "day_budget_exhausted" | "budget_exhausted", times: number) {
  let left = times;
  return (fact: RunEvent): JourneymanError | null => {
    if (fact.type !== "model.requested" || left === 0) return null;
    left -= 1;
    return new JourneymanError(code);
  };
}

test("what others of the same run have set aside is waited for, and nothing is sent meanwhile", async () => {
  const model = submitting();
  const sent: number[] = [];
  const refuse = refusing("day_budget_reserved", 3);
  const { end, facts, sleeps } = await drive({
    model,
    workspace,
    othersAsk: () => true,
    refuse: (fact) => {
      sent.push(model.requests.length);
      return refuse(fact);
    },
  });
  expect(end?.kind).toBe("submitted");
  expect(sent.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(sleeps).toHaveLength(3);
  expect(only(facts, "model.requested")).toHaveLength(1);
});

test("what other runs have set aside is not waited for in the process", async () => {
  const model = submitting();
  const { error } = await drive({ model, workspace, refuse: refusing("day_budget_reserved", 1) });
  expect([error?.code, model.requests.length]).toEqual(["day_budget_reserved", 0]);
});

test.each(["day_budget_exhausted", "budget_exhausted"] as const)("%s is waited for by nobody", async (code) => {
  const model = submitting();
  const { error } = await drive({ model, workspace, othersAsk: () => true, refuse: refusing(code, 1) });
  expect([error?.code, model.requests.length]).toEqual([code, 0]);
});
