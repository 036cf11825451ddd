import { expect, test } from "vitest";
import type { Message } from "../../../src/core/messages.ts";
import { calls, text, thinking } from "./answer.ts";
import type { Turn } from "./answer.ts";
import { TASK, answered, never } from "./contract-scene.ts";
import type { Scene } from "./contract-scene.ts";
import { user } from "./conversation.ts";
import { stem, withoutMarks } from "./request.ts";

const TURNS = 30;

/** One call a turn, and every fifth turn more calls than a cache mark looks back over. */
function turn(n: number): Turn {
  const wanted = Array.from({ length: n % 5 === 4 ? 24 : 1 }, (_, at) => ({
    name: "bash",
    input: { command: `step ${n}.${at}` },
  }));
  return thinking(`Thought ${n}.`, calls(wanted));
}

export function cachingContract({ ask, asking, candidate, converse, model, server }: Scene): void {
  const { cacheGrain: grain } = candidate;
  const usages = () => server().requests.map(({ usage }) => usage ?? expect.fail("a request was refused"));

  test("every turn reads from the cache all that was sent before, wide ones too: nine tenths and more in 30 turns", async () => {
    await converse(({ n }) => turn(n), TURNS);
    const [first, ...later] = usages();
    let sent = first!;
    for (const usage of later) {
      expect(usage.cacheRead).toBeGreaterThan(sent.cacheRead + sent.cacheWrite + sent.input - grain);
      sent = usage;
    }
    const read = usages().reduce((sum, usage) => sum + usage.cacheRead, 0);
    const all = usages().reduce((sum, usage) => sum + usage.cacheRead + usage.cacheWrite + usage.input, 0);
    expect(read / all).toBeGreaterThanOrEqual(0.9);
  });

  test("the usage told is the usage charged", async () => {
    const outcomes = await converse(({ n }) => turn(n), 6);
    expect(outcomes.map(({ usage }) => usage)).toEqual(usages());
  });

  test("each request extends the one before it byte for byte, cache marks aside", async () => {
    await converse(({ n }) => turn(n), TURNS);
    const bodies = server().requests.map(({ raw }) => raw);
    expect(bodies).toHaveLength(TURNS);
    bodies.reduce((before, raw) => {
      expect(withoutMarks(raw).startsWith(`${stem(before)},`)).toBe(true);
      return raw;
    });
  });

  test("equal requests are equal bytes, from another client too", async () => {
    await ask([text("same")]);
    answered(await model().respond(structuredClone(asking(TASK)), never));
    expect(server().requests[1]?.raw).toBe(server().requests[0]?.raw);
  });

  test("the system text and the tools of one run are read from the cache by the next", async () => {
    server().follow([text("done")]);
    await model().respond(asking([user("First issue.")]), never);
    await model().respond(asking([user("Another issue.")]), never);
    const [first, second] = usages();
    expect((second!.cacheRead + grain) / (first!.cacheWrite + first!.input)).toBeGreaterThanOrEqual(0.95);
  });

  test("the task is still read from the cache after the turns behind it were cut out", async () => {
    const task = user(`Mend this. ${"It is broken in many ways. ".repeat(200)}`);
    // More blocks than a mark looks back over, and further back than the last two user messages.
    const wide: Message = {
      role: "user",
      content: Array.from({ length: 24 }, (_, at) => ({ type: "text", text: `part ${at}` })),
    };
    const said: Message = { role: "assistant", content: [{ type: "text", text: "and then" }] };
    await ask(() => text("fine"));
    for (const messages of [[task], [task, said, user("old")], [task, said, wide, said, user("new")]]) {
      answered(await model().respond(asking(messages), never));
    }
    const [, first, , last] = usages();
    expect(last?.cacheRead).toBeGreaterThan(first!.cacheRead + first!.cacheWrite - grain);
  });

  test("a price is known by the exact id only", () => {
    const asked = model();
    const known = candidate.model;
    expect(asked.price(known)?.output).toBeGreaterThan(0);
    for (const other of [`${known}-latest`, known.slice(0, -1), "opus", "", "constructor"]) {
      expect(asked.price(other)).toBeNull();
    }
  });
}
