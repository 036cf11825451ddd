import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Queue } from "../../../src/ports/queue.ts";
import { DONE, newRun, takeAll, until } from "./kit.ts";

/** What every queue must do with wakes. `open` gives another member of the same queue. */
export function wakeRules(open: () => Promise<Queue>): void {
  it("a wake reaches a handler, also when it was sent before anyone took wakes", async () => {
    const run = newRun();
    await (await open()).wake(run, 1);
    const taken = await takeAll(await open());
    await until(() => taken.length === 1);
    expect(taken[0]?.run).toBe(run);
  });

  it("wakes for one (run, index) that wait together are one; another index or run is another", async () => {
    const queue = await open();
    const [run, other] = [newRun(), newRun()];
    await Promise.all(Array.from({ length: 20 }, () => queue.wake(run, 3)));
    await queue.wake(run, 4);
    await queue.wake(other, 3);
    const taken = await takeAll(queue);
    await until(() => taken.length === 3);
    await sleep(200);
    expect(taken.map((wake) => wake.run).toSorted()).toEqual([run, run, other].toSorted());
  });

  it("a wake that was finished can come again", async () => {
    const queue = await open();
    const run = newRun();
    const taken = await takeAll(queue);
    for (let n = 1; n <= 3; n++) {
      await queue.wake(run, 1);
      await until(() => taken.length === n);
      await sleep(50);
    }
  });

  it("a delayed wake comes when its time has come, not before", async () => {
    const queue = await open();
    const taken = await takeAll(queue);
    const sent = Date.now();
    await queue.wake(newRun(), 1, 400);
    await until(() => taken.length === 1);
    expect((taken[0]?.at ?? 0) - sent).toBeGreaterThanOrEqual(400);
  });

  it("neither a later nor an earlier wake takes a delayed one's place", async () => {
    const queue = await open();
    const run = newRun();
    const sent = Date.now();
    await queue.wake(run, 1, 1500);
    await queue.wake(run, 1, 500);
    await queue.wake(run, 1);
    const taken = await takeAll(queue);
    await until(() => taken.length === 3);
    const waits = taken.map((wake) => wake.at - sent);
    expect(waits[0]).toBeLessThan(500);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeLessThan(1500);
    expect(waits[2]).toBeGreaterThanOrEqual(1500);
  });

  it("R6: a handler that says again is asked again after the delay", async () => {
    const queue = await open();
    const taken = await takeAll(queue, async (_run, _signal, nth) =>
      nth < 3 ? { kind: "again", delayMs: 300 } : DONE,
    );
    await queue.wake(newRun(), 1);
    await until(() => taken.length === 3);
    expect((taken[1]?.at ?? 0) - (taken[0]?.at ?? 0)).toBeGreaterThanOrEqual(300);
    await sleep(500);
    expect(taken).toHaveLength(3);
  });

  it("a run that was put off is brought forward by a new wake", async () => {
    const queue = await open();
    const run = newRun();
    const taken = await takeAll(queue, async (_run, _signal, nth) =>
      nth === 1 ? { kind: "again", delayMs: 3_600_000 } : DONE,
    );
    await queue.wake(run, 1);
    await until(() => taken.length === 1);
    // A wake is nothing new while the one before is still being put off.
    for (; taken.length < 2; await sleep(50)) await queue.wake(run, 1);
  });

  it("many wakes go through several members, each to one of them", async () => {
    const runs = Array.from({ length: 60 }, newRun);
    const slow = async () => {
      await sleep(5);
      return DONE;
    };
    const members = await Promise.all([takeAll(await open(), slow, 4), takeAll(await open(), slow, 4)]);
    const sender = await open();
    await Promise.all(runs.map((run) => sender.wake(run, 0)));
    await until(() => members.flat().length >= 60);
    await sleep(100);
    expect(
      members
        .flat()
        .map((wake) => wake.run)
        .toSorted(),
    ).toEqual(runs.toSorted());
  });

  it("a member that closes tells its handler, and another takes the wake over at once", async () => {
    const leaving = await open();
    const given = await takeAll(leaving, async (_run, signal) => {
      while (!signal.aborted) await sleep(5);
      return { kind: "again", delayMs: 0 };
    });
    const run = newRun();
    await leaving.wake(run, 1);
    await until(() => given.length === 1);
    const taken = await takeAll(await open());
    await leaving.close(10_000);
    await until(() => taken.length === 1);
    expect(taken[0]?.run).toBe(run);
  });

  it("a handler that does not let go is left behind when the grace is over, and another takes the wake over", async () => {
    const leaving = await open();
    const forever = Promise.withResolvers<typeof DONE>();
    const given = await takeAll(leaving, () => forever.promise);
    const run = newRun();
    await leaving.wake(run, 1);
    await until(() => given.length === 1);
    const taken = await takeAll(await open());
    const began = Date.now();
    await leaving.close(300);
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);
    expect(given[0]?.signal.aborted).toBe(true);
    await until(() => taken.length === 1);
    expect(taken[0]?.run).toBe(run);
    forever.resolve(DONE);
  });

  it("a member that is closed takes nothing more", async () => {
    const closed = await open();
    const none = await takeAll(closed);
    await closed.close(1000);
    await (await open()).wake(newRun(), 1);
    await sleep(200);
    expect(none).toEqual([]);
  });
}
