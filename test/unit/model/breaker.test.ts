import { describe, expect, test } from "vitest";
import { createBreaker, type Leave } from "../../../src/model/breaker.ts";

/** A breaker with a clock of its own. */
function scene() {
  let at = 0;
  const breaker = createBreaker(() => at);
  const enter = (): Leave => {
    const pass = breaker.enter();
    return "leave" in pass ? pass.leave : expect.fail(`shut for ${pass.waitMs} ms`);
  };
  return {
    breaker,
    enter,
    after: (ms: number) => void (at += ms),
    fail: (times: number) => Array.from({ length: times }, () => enter()("outage")),
    waitMs: (): number => {
      const pass = breaker.enter();
      return "waitMs" in pass ? pass.waitMs : 0;
    },
  };
}

describe("a closed circuit", () => {
  test("opens with the fifth outage in a row, for half a minute", () => {
    const { fail, waitMs } = scene();
    fail(4);
    expect(waitMs()).toBe(0);
    fail(1);
    expect(waitMs()).toBe(30_000);
  });

  test.each(["an answer", "a refusal"])("%s ends the row", () => {
    const { fail, enter, waitMs } = scene();
    fail(4);
    enter()("alive");
    fail(4);
    expect(waitMs()).toBe(0);
  });

  test("a cancelled call neither counts nor ends the row", () => {
    const { fail, enter, waitMs } = scene();
    fail(4);
    enter()("nothing");
    fail(1);
    expect(waitMs()).toBeGreaterThan(0);
  });

  test("outages that are more than a minute apart are not one", () => {
    const { fail, after, waitMs } = scene();
    fail(4);
    after(60_000);
    fail(4);
    expect(waitMs()).toBe(0);
    fail(1);
    expect(waitMs()).toBe(30_000);
  });
});

describe("a person who wants it tried now", () => {
  test("gets one call through an open circuit, and the others wait for what comes of it", () => {
    const scened = scene();
    scened.fail(5);
    scened.breaker.probe();
    const leave = scened.enter();
    expect(scened.waitMs()).toBeGreaterThan(0);
    leave("outage");
    expect(scened.waitMs()).toBe(30_000);
    scened.breaker.probe();
    scened.enter()("alive");
    expect(scened.waitMs()).toBe(0);
  });

  test("changes nothing where the circuit is closed", () => {
    const scened = scene();
    scened.fail(4);
    scened.breaker.probe();
    scened.fail(1);
    expect(scened.waitMs()).toBe(30_000);
  });
});

describe("an open circuit", () => {
  const opened = () => {
    const opening = scene();
    const early = opening.enter();
    opening.fail(5);
    return { ...opening, early };
  };

  test("tells how long it stays shut", () => {
    const { after, waitMs } = opened();
    after(29_000);
    expect(waitMs()).toBe(1_000);
  });

  test("lets one probe through after its rest; the others wait for it", () => {
    const { after, enter, waitMs } = opened();
    after(30_000);
    enter();
    expect(waitMs()).toBeGreaterThan(0);
  });

  test("closes with a probe that was answered", () => {
    const { after, enter, fail, waitMs } = opened();
    after(30_000);
    enter()("alive");
    fail(4);
    expect(waitMs()).toBe(0);
  });

  test("rests again after a probe that failed", () => {
    const { after, enter, waitMs } = opened();
    after(30_000);
    enter()("outage");
    expect(waitMs()).toBe(30_000);
  });

  test("tries the next call when its probe was cancelled", () => {
    const { after, enter, waitMs } = opened();
    after(30_000);
    enter()("nothing");
    expect(waitMs()).toBe(0);
  });

  test("is not kept shut by a slow probe for ever", () => {
    const { after, enter, waitMs } = opened();
    after(30_000);
    enter();
    after(60_000);
    expect(waitMs()).toBe(0);
  });

  test("is not prolonged by a call that began before it opened, and closes when that one is answered", () => {
    const { after, early, waitMs } = opened();
    after(10_000);
    early("outage");
    expect(waitMs()).toBe(20_000);
    early("alive");
    expect(waitMs()).toBe(0);
  });
});
