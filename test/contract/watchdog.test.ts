import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWatchdog, type Watchdog } from "../../src/app/watchdog.ts";
import type { RunId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/local/clock.ts";
import type { Queue } from "../../src/ports/queue.ts";
import { openQueue } from "../../src/queue/queue.ts";
import { type PrivateRedis, startPrivateRedis } from "../support/redis.ts";
import { DONE, newRun, until } from "./queue/kit.ts";

/* A real Redis behind a proxy that can stop carrying what is under way, without ending it: as a network does that forgets connections. */

const PATIENCE_MS = 300;

let redis: PrivateRedis;
let proxy: Server;
let carried: Socket[];
let queue: Queue;
let beside: Queue;
let taken: RunId[];
let due: { run: RunId; next: number }[];
let ended: boolean;
let dog: Watchdog;
const logged: string[] = [];
const log = { info: () => {}, warn: (_: object, event: string) => void logged.push(event) };

function startProxy(path: string): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(path);
    carried.push(client, upstream);
    client.on("error", () => upstream.destroy()).pipe(upstream);
    upstream.on("error", () => client.destroy()).pipe(client);
    client.on("close", () => upstream.destroy());
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Nothing goes through any more, and nobody is told. New connections are carried. */
function stall(): void {
  for (const socket of carried) socket.unpipe().pause();
}

beforeEach(async () => {
  [carried, taken, due, ended] = [[], [], [], false];
  logged.length = 0;
  redis = await startPrivateRedis();
  proxy = await startProxy(redis.path);
  const url = `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  queue = await openQueue({ connection: { url }, log });
  beside = await openQueue({ connection: { path: redis.path }, log });
  dog = makeWatchdog({
    journal: { due: async () => due },
    queue,
    clock: systemClock,
    log,
    concurrency: 1,
    patienceMs: PATIENCE_MS,
    giveUp: () => {
      ended = true;
    },
  });
  const handler = dog.watched(async (run) => {
    taken.push(run);
    due = due.filter((one) => one.run !== run);
    return DONE;
  });
  await queue.consume(handler, { concurrency: 1 });
});
afterEach(async () => {
  await queue.close(100);
  await beside.close(100);
  for (const socket of carried) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
  await redis.remove();
});

const patience = () => systemClock.sleep(PATIENCE_MS + 50);

/** Work that the journal knows, with its wake in Redis. */
async function work(): Promise<RunId> {
  const run = newRun();
  due = [...due, { run, next: 1 }];
  await beside.wake(run, 1);
  return run;
}

test("a worker whose connections are dead makes new ones, and takes the work that waited", async () => {
  const first = await work();
  await until(() => taken.includes(first));
  stall();
  const second = await work();
  await patience();
  expect(taken, "it really takes nothing").not.toContain(second);
  await dog.look();
  await until(() => taken.includes(second));
  expect(logged).toContain("worker.stuck");
  expect(ended).toBe(false);
}, 20_000);

test("a worker that was mended three times in vain ends", async () => {
  await redis.command(["HSET", "journeyman:wakes:meta", "paused", "1"]);
  await work();
  for (let look = 0; look < 3; look++) {
    await patience();
    await dog.look();
    expect(ended).toBe(false);
  }
  await patience();
  await dog.look();
  expect(ended).toBe(true);
  expect(taken).toEqual([]);
}, 20_000);

test("a Redis that does not answer is waited for", async () => {
  await work();
  await until(() => taken.length === 1);
  const run = newRun();
  due = [{ run, next: 1 }];
  redis.freeze();
  for (let look = 0; look < 4; look++) {
    await patience();
    await dog.look();
  }
  expect(ended).toBe(false);
  redis.thaw();
  await beside.wake(run, 1);
  await until(() => taken.includes(run));
}, 30_000);

test("without work that waits, and while all hands are busy, nothing is done", async () => {
  await patience();
  await dog.look();
  const busy = dog.watched(() => systemClock.sleep(PATIENCE_MS * 2).then(() => DONE));
  const over = busy(newRun(), new AbortController().signal);
  due = [{ run: newRun(), next: 1 }];
  await patience();
  await dog.look();
  expect(logged).not.toContain("worker.stuck");
  await over;
});
