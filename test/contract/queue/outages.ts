import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { RedisAddress } from "../../../src/queue/connection.ts";
import type { Queue } from "../../../src/ports/queue.ts";
import { startPrivateRedis, type PrivateRedis } from "../../support/redis.ts";
import { DONE, newRun, takeAll, until } from "./kit.ts";

/** What happens when Redis goes away. */
export function outageRules(
  redis: () => PrivateRedis,
  open: (connection?: RedisAddress) => Promise<Queue>,
  warned: readonly string[],
): void {
  it("F2.RR: Redis killed and started again: what waited is taken, and new wakes too, with nobody's help", async () => {
    const queue = await open();
    const waiting = newRun();
    await queue.wake(waiting, 1);
    const member = await open();
    const blocker = Promise.withResolvers<void>();
    const taken = await takeAll(member, async () => {
      await blocker.promise;
      return DONE;
    });
    await until(() => taken.length === 1);
    const behind = newRun();
    await queue.wake(behind, 1);
    await sleep(1100); // the append-only file is synced every second
    await redis().kill();
    await sleep(300);
    await redis().restart();
    blocker.resolve();
    await until(() => taken.some((wake) => wake.run === behind));
    const fresh = newRun();
    await queue.wake(fresh, 1);
    await until(() => taken.some((wake) => wake.run === fresh));
  });

  it("Redis killed while a member waits for work: it takes the next wake after the restart", async () => {
    const queue = await open();
    const taken = await takeAll(queue);
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 1);
    await redis().kill();
    await sleep(500);
    await redis().restart();
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 2);
  });

  it("a wake that cannot be delivered is redis_unreachable within seconds: killed or frozen", async () => {
    const queue = await open();
    await queue.check();
    for (const [stop, resume] of [
      [() => redis().kill(), () => redis().restart()],
      [() => redis().freeze(), () => redis().thaw()],
    ] as const) {
      await stop();
      const began = Date.now();
      await expect(queue.wake(newRun(), 1)).rejects.toMatchObject({ code: "redis_unreachable" });
      await expect(queue.check()).rejects.toMatchObject({ code: "redis_unreachable" });
      expect(Date.now() - began).toBeLessThan(10_000);
      await resume();
      await queue.wake(newRun(), 1);
      await queue.check();
    }
  });

  it("a queue opened before Redis is there works as soon as it is", async () => {
    await redis().kill();
    const queue = await open();
    const taken = await takeAll(queue);
    await expect(queue.wake(newRun(), 1)).rejects.toMatchObject({ code: "redis_unreachable" });
    await redis().restart();
    const run = newRun();
    await queue.wake(run, 1);
    // The wake that was refused may have come through late: it does no harm.
    await until(() => taken.some((wake) => wake.run === run));
  });

  it("F2.RL: Redis emptied, with a handler at work: nothing ends, and later wakes go through", async () => {
    const queue = await open();
    const blocker = Promise.withResolvers<void>();
    const taken = await takeAll(queue, async (_run, _signal, nth) => {
      if (nth > 1) return DONE;
      await blocker.promise;
      return { kind: "again", delayMs: 10 };
    });
    const run = newRun();
    await queue.wake(run, 1);
    await until(() => taken.length === 1);
    await redis().command(["FLUSHALL"]);
    // The name is free again, so the sweep's wake is not swallowed by the one that is at work.
    await queue.wake(run, 1);
    blocker.resolve();
    await until(() => taken.length >= 2);
    const fresh = newRun();
    await queue.wake(fresh, 1);
    await until(() => taken.some((wake) => wake.run === fresh));
  });

  it("S47: all that Redis holds of a wake is the run's id", async () => {
    const queue = await open();
    const run = newRun();
    await queue.wake(run, 7);
    const key = `journeyman:wakes:run-${run}-7`;
    expect(await redis().command(["HGET", key, "data"])).toBe(JSON.stringify({ runId: run }));
  });

  it("a handler that throws does not lose the wake", async () => {
    const queue = await open();
    const taken = await takeAll(queue, async (_run, _signal, nth) => {
      if (nth === 1) JSON.parse("{");
      return DONE;
    });
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 2);
    expect(warned).toContain("a wake failed; it is looked at again");
  });

  it("D3: a member that dies in mid-wake loses it to another when its lock has run out", async () => {
    const dying = await open();
    const frozen = Promise.withResolvers<typeof DONE>();
    const given = await takeAll(dying, () => frozen.promise);
    const run = newRun();
    await dying.wake(run, 1);
    await until(() => given.length === 1);
    // What a dead process leaves: a job that is active, and a lock that nobody renews.
    await redis().command(["DEL", `journeyman:wakes:run-${run}-1:lock`]);
    const taken = await takeAll(await open());
    await until(() => taken.length === 1);
    expect(taken[0]?.run).toBe(run);
    frozen.resolve(DONE);
  });

  it("closing is not held up by a Redis that is gone", async () => {
    const queue = await open();
    const taken = await takeAll(queue, async (_run, signal) => {
      while (!signal.aborted) await sleep(5);
      return DONE;
    });
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 1);
    await redis().kill();
    const idle = await open();
    await takeAll(idle);
    const began = Date.now();
    await queue.close(500);
    // Without work there is nothing to be gracious about.
    await idle.close(60_000);
    expect(Date.now() - began).toBeLessThan(20_000);
    await redis().restart();
  });

  it("a Redis that may drop jobs is refused", async () => {
    const dropping = await startPrivateRedis("allkeys-lru");
    const queue = await open({ path: dropping.path });
    await expect(queue.check()).rejects.toMatchObject({ code: "redis_policy", details: { policy: "allkeys-lru" } });
    await queue.close(0);
    await dropping.remove();
  });

  it("no message names the password of a Redis URL", async () => {
    const queue = await open({ url: "redis://user:hunter2@127.0.0.1:1/0" });
    const failure = await queue.check().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "redis_unreachable", details: { address: "127.0.0.1:1" } });
    expect(String(failure)).not.toContain("hunter2");
  });
}
