import { describe, expect, test } from "vitest";
import { requestOf } from "../../../src/core/conversation/conversation.ts";
import type { ModelRequest } from "../../../src/core/messages.ts";
import { linkOf } from "../../../src/core/conversation/request-lint.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { requestLines, requestsOf } from "../../../src/views/request-list.ts";
import { STARTED } from "../../support/driven-loop.ts";
import { cleared, compacted, folded, ID, turn, turns } from "./window-facts.ts";

const request = (...facts: readonly RunEvent[]): ModelRequest => requestOf(folded(...facts), 100);
const BEFORE = request(...turns(3, 4_000));

describe("why a request does not extend the one before", () => {
  test("one that only adds extends it, by so many bytes", () => {
    const link = linkOf(BEFORE, request(...turns(4, 4_000)), []);
    expect(link).toMatchObject({ kind: "extends" });
    expect(link.kind === "extends" && link.added).toBeGreaterThan(4_000);
  });

  test("a text added to the last message extends it too", () => {
    const facts: RunEvent[] = [...turns(3, 4_000), { type: "message.added", conversation: ID, text: "Hurry." }];
    expect(linkOf(BEFORE, request(...facts), []).kind).toBe("extends");
  });

  test("a cleared result is named with its place, and explained by the fact", () => {
    const after = request(...turns(3, 4_000), cleared(3));
    expect(linkOf(BEFORE, after, [cleared(3)])).toMatchObject({
      where: "message 3, block 1 (user, tool_result)",
      why: "1 result(s) before answer 3 taken out",
      explained: true,
    });
    expect(linkOf(BEFORE, after, [])).toMatchObject({ why: "no fact says why", explained: false });
  });

  test("a compaction is explained by its fact", () => {
    const after = request(...turns(3, 4_000), compacted(3));
    expect(linkOf(BEFORE, after, [compacted(3)])).toMatchObject({
      where: "message 1, block 2 (user, text)",
      why: "summed up before answer 3 by summary.1",
      explained: true,
    });
  });

  test("the byte is where the texts part, counted over what comes before", () => {
    const changed = { ...BEFORE, system: `${BEFORE.system.slice(0, 4)}XYZ` };
    const head = BEFORE.tools
      .map(({ name, description, schema }) => name + description + JSON.stringify(schema))
      .join("");
    const byte = Buffer.byteLength(BEFORE.model + BEFORE.effort + head) + 4;
    expect(linkOf(BEFORE, changed, [])).toMatchObject({ byte, where: "system text", explained: false });
  });

  test("a changed tool is named", () => {
    const [first, ...rest] = BEFORE.tools;
    const tools =
      first === undefined ? [] : [{ ...first, description: `${first.description} Today is Friday.` }, ...rest];
    expect(linkOf(BEFORE, { ...BEFORE, tools }, [])).toMatchObject({
      where: `description of tool 1, ${first?.name}`,
      explained: false,
    });
  });

  test("another model is explained by the switch, another effort by nothing", () => {
    const to = "scripted-2";
    const fact: RunEvent = { type: "model.switched", conversation: ID, from: "scripted-1", to, reason: "overloaded" };
    expect(linkOf(BEFORE, { ...BEFORE, model: to }, [fact])).toMatchObject({
      why: "switched from scripted-1 to scripted-2: overloaded",
      explained: true,
    });
    expect(linkOf(BEFORE, { ...BEFORE, effort: "high" }, [fact])).toMatchObject({ where: "effort", explained: false });
  });

  test("a message that is gone is where they part", () => {
    expect(linkOf(BEFORE, request(...turns(2, 4_000)), [])).toMatchObject({
      where: "message 6, block 1 (assistant, thinking)",
      explained: false,
    });
  });
});

const asked = (at: number): RunEvent => ({
  type: "model.requested",
  conversation: ID,
  turn: at,
  model: "scripted-1",
  requestDigest: "0".repeat(64) as never,
  reservedMicroUsd: 1,
});

describe("the list of a run's requests", () => {
  const facts: RunEvent[] = [
    STARTED,
    asked(1),
    ...turn(1, "x".repeat(4_000)),
    asked(2),
    ...turn(2, "y"),
    cleared(2),
    asked(3),
    { ...asked(3) },
    ...turn(3, "z"),
  ];

  test("each is rebuilt from the facts, with what became of its beginning", () => {
    expect(requestsOf(facts).map(({ turn: at, why, explained }) => [at, why, explained])).toEqual([
      [1, "first request", true],
      [2, expect.stringMatching(/^extended by \d+ bytes$/), true],
      [
        3,
        expect.stringMatching(/^differs from byte \d+, message 3, block 1 .*1 result\(s\) before answer 2 taken out$/),
        true,
      ],
      [3, "sent again", true],
    ]);
  });

  test("a run without requests is an empty list with its sum", () => {
    expect(requestLines([])).toBe("0 requests, 0.0 % of their input read from the cache");
  });

  test("a journal that cannot be rebuilt says so and is no fault of the program", () => {
    const open = facts.filter(({ type }) => type !== "tool.returned");
    expect(requestsOf(open).at(-1)).toMatchObject({ why: "cannot be rebuilt: a call is open", explained: false });
  });
});
