import { expect, test } from "vitest";
import { assertSound } from "../support/faults/oracle.ts";
import { startRig } from "../support/faults/rig.ts";
import { CALLS, EFFECTS, STORY, TURNS } from "../support/faults/scene.ts";

const KINDS = { "model.responded": "turn", "tool.called": "tool", "effect.intended": "effect" } as const;

test("a run without faults has 12 model turns, 18 tool calls and 9 effects, in the order of the story, and is sound", async () => {
  const rig = await startRig("sqlite");
  await using run = await rig.open();
  await run.start();
  run.begin();
  await run.untilOver();
  const { facts, modelRequests } = await assertSound(run, { kills: 0 });

  const events = facts.map(({ event }) => event);
  const began = events.flatMap(({ type }) => (type in KINDS ? [KINDS[type as keyof typeof KINDS]] : []));
  expect(began).toEqual(STORY);
  const roles = events.flatMap((event) => (event.type === "conversation.started" ? [event.role] : []));
  expect(roles).toEqual([...new Set(TURNS.map(({ role }) => role))]);
  expect(modelRequests).toBe(12);
  expect(TURNS).toHaveLength(12);
  expect(events.flatMap((event) => (event.type === "tool.called" ? [event.name] : []))).toEqual(CALLS);
  expect(CALLS).toHaveLength(18);
  const keys = events.flatMap((event) => (event.type === "effect.intended" ? [event.key] : []));
  expect(keys.map((key) => key.replace(/\.\d+$/, ""))).toEqual(EFFECTS);
  expect(EFFECTS).toHaveLength(9);
  await rig.close();
});
