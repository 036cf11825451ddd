import { describe, expect, test } from "vitest";
import { GITHUB_PACE, makePacer, type Pace, type Write } from "../../../src/github/pacer.ts";

const START = Date.parse("2026-11-20T12:00:00.000Z");

function stage(pace: Pace | null = GITHUB_PACE) {
  let now = START;
  const slept: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
    },
  };
  const pacer = makePacer(clock, pace);
  return { pacer, slept, later: (ms: number) => void (now += ms), at: () => now - START };
}

/** When each of so many writes was let through, and how the first that was not is told. */
async function writes(many: number, write: Write, { pacer, at, later }: ReturnType<typeof stage>, everyMs = 0) {
  const times: number[] = [];
  for (let n = 0; n < many; n += 1) {
    try {
      await pacer.turn(1, write);
    } catch (refused) {
      return { times, refused };
    }
    times.push(at());
    later(everyMs);
  }
  return { times, refused: null };
}

describe("GS: what people see", () => {
  test("is created once a second, in the order it was wanted", async () => {
    const set = stage();
    expect(await writes(4, "seen", set)).toEqual({ times: [0, 1000, 2000, 3000], refused: null });
  });

  test("is put off as limited when its turn is not soon, and takes no place in the row", async () => {
    let now = START;
    const pacer = makePacer({ now: () => now, sleep: () => new Promise<void>(() => {}) }, GITHUB_PACE);
    for (let n = 0; n < 6; n += 1) void pacer.turn(1, "seen");
    const refused = { code: "github_limited", class: "wait", retryAfterMs: 6000 };
    await expect(pacer.turn(1, "seen")).rejects.toMatchObject(refused);
    await expect(pacer.turn(1, "seen")).rejects.toMatchObject(refused);
    now += 6000;
    await pacer.turn(1, "seen");
  });

  test("of one installation does not hold up another's", async () => {
    const { pacer, slept } = stage();
    await pacer.turn(1, "seen");
    await pacer.turn(2, "seen");
    expect(slept).toEqual([]);
  });
});

describe("GS: all that is created", () => {
  test("is no more than 80 things in any minute", async () => {
    const set = stage();
    const { times, refused } = await writes(100, "stored", set);
    expect(times).toHaveLength(80);
    expect(refused).toMatchObject({ code: "github_limited", retryAfterMs: 60_000 });
    set.later(60_000);
    expect((await writes(100, "stored", set)).times).toHaveLength(80);
  });

  test("is no more than 500 things in any hour", async () => {
    const set = stage();
    const { times, refused } = await writes(600, "seen", set, 1_500);
    expect(times).toHaveLength(500);
    expect(refused).toMatchObject({ code: "github_limited", retryAfterMs: 3_600_000 - 500 * 1_500 });
  });
});

describe("GS: after a refusal", () => {
  test.each(["seen", "stored", "edited"] as const)("nothing is %s before the time that GitHub named", async (write) => {
    for (const pace of [GITHUB_PACE, null]) {
      const { pacer, later } = stage(pace);
      pacer.refused(1, 90_000);
      pacer.refused(1, 60_000);
      await expect(pacer.turn(1, write)).rejects.toMatchObject({ code: "github_limited", retryAfterMs: 90_000 });
      await pacer.turn(2, write);
      later(90_000);
      await pacer.turn(1, write);
    }
  });
});

test("without a pace, and for edits, nothing waits", async () => {
  expect((await writes(600, "seen", stage(null))).times).toHaveLength(600);
  expect((await writes(600, "edited", stage())).times).toHaveLength(600);
});
