import { expect, test } from "vitest";
import { makeRunId } from "../../../src/core/ids.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { StageContext } from "../../../src/run/stage.ts";
import { beginSummary, begunSummary } from "../../../src/run/talk/summariser.ts";
import { stateOf, toPrepared } from "../../support/facts.ts";
import { started } from "../../support/work-facts.ts";

const clock = { newRunId: () => makeRunId(0, new Uint8Array(10)) };

/** A stage that holds these facts; beginning a summary asks for nothing else. */
const at = (...facts: readonly RunEvent[]): StageContext => {
  const state = stateOf([...toPrepared(), started("explore.1.1"), started("explore.1.2"), ...facts]);
  return { state: () => state, world: { clock } } as unknown as StageContext;
};

const held = (context: StageContext, id: string) =>
  context.state().conversations[id] ?? expect.fail(`no conversation ${id}`);

test("conversations that are summed up side by side have summaries of different names", () => {
  const context = at();
  const names = ["explore.1.1", "explore.1.2"].map((id) => beginSummary(context, held(context, id), 3).conversation);
  expect(new Set(names).size).toBe(2);
});

test("a second summary of one conversation has another name than the first", () => {
  const empty = at();
  const first = beginSummary(empty, held(empty, "explore.1.1"), 3);
  const context = at(first);
  expect(beginSummary(context, held(context, "explore.1.1"), 3).conversation).not.toBe(first.conversation);
});

test("a summary that was begun is gone on with until it was used, by its own conversation alone", () => {
  const empty = at();
  const first = beginSummary(empty, held(empty, "explore.1.1"), 3);
  const begun = at(first);
  expect(begunSummary(begun, held(begun, "explore.1.1"), 3)?.id).toBe(first.conversation);
  expect(begunSummary(begun, held(begun, "explore.1.2"), 3)).toBeUndefined();
  const by = first.conversation;
  const used: RunEvent = {
    type: "context.compacted",
    conversation: "explore.1.1",
    keepFromTurn: 3,
    summary: "s",
    by,
    bytes: 1,
  };
  const after = at(first, used);
  expect(begunSummary(after, held(after, "explore.1.1"), 3)).toBeUndefined();
});
