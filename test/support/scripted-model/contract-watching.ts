import { expect, test } from "vitest";
import type { PartialAnswer } from "../../../src/ports/model.ts";
import { call, calls, paced } from "./answer.ts";
import { TASK, answered, never } from "./contract-scene.ts";
import type { Scene } from "./contract-scene.ts";

const LONG = { title: "Mend it", summary: "All of it. ".repeat(200) };

export function watchingContract({ asking, model, server }: Scene): void {
  test("a watched answer is seen to grow, its text and each call's input, and stands when nothing is wrong", async () => {
    server().follow([calls([{ name: "submit", input: LONG }], "Here is the plan.")]);
    const seen: PartialAnswer[] = [];
    const outcome = await model().respond(asking(TASK), never, (partial) => {
      seen.push(structuredClone(partial));
      return null;
    });
    expect(answered(outcome).stopReason).toBe("tool_use");
    expect(seen.at(-1)?.text).toBe("Here is the plan.");
    const inputs = seen.flatMap((partial) => partial.calls.map(({ json }) => json));
    expect(new Set(inputs).size).toBeGreaterThan(2);
    expect(inputs.every((json, at) => json.startsWith(inputs[at - 1] ?? ""))).toBe(true);
    expect(JSON.parse(inputs.at(-1) ?? "")).toEqual(LONG);
  });

  test("an answer that its watcher ends is left in the middle: the rest is not sent and not charged", async () => {
    const plan = call("submit", LONG);
    server().follow([plan, plan]);
    const whole = answered(await model().respond(asking(TASK), never));
    server().follow([paced(plan)]);
    const outcome = await model().respond(asking(TASK), never, ({ calls: [first] }) =>
      first !== undefined && first.json.length > 100 ? "it says too much" : null,
    );
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: "astray",
      detail: "it says too much",
      retryAfterMs: null,
    });
    await expect.poll(() => server().requests.at(-1)?.abandoned).toBe(true);
    expect(server().requests.at(-1)?.usage?.output).toBeLessThan(whole.usage.output / 2);
    const billed = (outcome.kind === "failed" ? outcome.billed : null) ?? expect.fail("nothing is billed");
    expect(billed.input + billed.cacheRead + billed.cacheWrite).toBeGreaterThan(0);
    expect(billed.output).toBeLessThan(whole.usage.output / 2);
  });
}
