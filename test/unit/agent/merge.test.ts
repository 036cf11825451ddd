import { describe, expect, test } from "vitest";
import { merge } from "../../../src/agent/merge.ts";
import type { RunEvent } from "../../../src/core/events.ts";

const said = (text: string): RunEvent => ({ type: "message.added", conversation: "task.1", text });
const textOf = (fact: RunEvent): string => (fact.type === "message.added" ? fact.text : "");

type Child<R> = AsyncGenerator<RunEvent, R>;

/** Takes facts as the run does: each is durable before the next is asked for. */
async function taken<R>(facts: Child<R>, durable: string[] = []): Promise<{ durable: string[]; result: R }> {
  for (;;) {
    const come = await facts.next();
    if (come.done === true) return { durable, result: come.value };
    await Promise.resolve();
    durable.push(textOf(come.value));
  }
}

/** Says so many facts, each only after the one before it is durable; notes when it was not. */
async function* careful(name: string, { count, durable }: { count: number; durable: string[] }): Child<string> {
  for (let number = 1; number <= count; number++) {
    yield said(`${name}${number}`);
    if (!durable.includes(`${name}${number}`)) return `${name} was resumed too early`;
  }
  return name;
}

describe("several generators of facts as one", () => {
  test("each is resumed only after its own fact is durable, and the results come in the order of the children", async () => {
    const durable: string[] = [];
    const children = ["a", "b", "c"].map((name) => careful(name, { count: 5, durable }));
    const { result } = await taken(merge(children), durable);
    expect(result).toEqual(["a", "b", "c"]);
    expect(durable.toSorted()).toEqual(["a", "b", "c"].flatMap((name) => [1, 2, 3, 4, 5].map((n) => `${name}${n}`)));
  });

  test("nobody waits for a slower neighbour, and nobody is passed over", async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): Child<void> {
      await gate.promise;
      yield said("slow");
    }
    async function* quick(): Child<void> {
      for (let number = 1; number <= 3; number++) yield said(`quick${number}`);
      gate.resolve();
    }
    const { durable } = await taken(merge([slow(), quick()]));
    expect(durable).toEqual(["quick1", "quick2", "quick3", "slow"]);
  });

  test("without children there is nothing", async () => {
    expect(await taken(merge([]))).toEqual({ durable: [], result: [] });
  });

  test("when one fails, the others are asked to stop and heard to their end, and the first error is thrown", async () => {
    const stopping = new AbortController();
    const closed: string[] = [];
    async function* asking(name: string): Child<void> {
      try {
        await new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
        yield said(`${name} asked`);
        yield said(`${name} settled`);
        if (stopping.signal.aborted) return;
        yield said(`${name} went on`);
      } finally {
        closed.push(name);
      }
    }
    // eslint-disable-next-line require-yield -- it fails before it has a fact
    async function* failing(): Child<void> {
      await Promise.resolve();
      throw new TypeError("first");
    }
    const durable: string[] = [];
    const merged = merge([asking("a"), failing(), asking("b")], () => stopping.abort());
    await expect(taken(merged, durable)).rejects.toThrow("first");
    expect(durable.toSorted()).toEqual(["a asked", "a settled", "b asked", "b settled"]);
    expect(closed.toSorted()).toEqual(["a", "b"]);
  });

  test("when nobody takes facts any more, those under way are stopped and closed", async () => {
    const stopping = new AbortController();
    const closed: string[] = [];
    async function* child(name: string, ms: number): Child<void> {
      try {
        yield said(name);
        if (ms > 0) await new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
        yield said(`${name} again`);
      } finally {
        closed.push(name);
      }
    }
    const merged = merge([child("a", 0), child("b", 1)], () => stopping.abort());
    await merged.next();
    await merged.next();
    await merged.next();
    await merged.return([]);
    expect(closed.toSorted()).toEqual(["a", "b"]);
  });

  test("a fact that is not taken on is told to the one who said it, who may say it again, and the others go on", async () => {
    async function* stubborn(): Child<string> {
      for (;;) {
        try {
          yield said("mine");
          return "got through";
        } catch (thrown) {
          if (thrown !== "not now") throw thrown;
        }
      }
    }
    async function* patient(): Child<string> {
      yield said("one");
      yield said("two");
      return "undisturbed";
    }
    const facts = merge([stubborn(), patient()]);
    const taken: string[] = [];
    let refusals = 0;
    let come = await facts.next();
    while (come.done !== true) {
      const isRefused = textOf(come.value) === "mine" && refusals < 3;
      if (isRefused) refusals += 1;
      else taken.push(textOf(come.value));
      come = await (isRefused ? facts.throw("not now") : facts.next());
    }
    expect(come.value).toEqual(["got through", "undisturbed"]);
    expect(taken.toSorted()).toEqual(["mine", "one", "two"]);
  });
});
