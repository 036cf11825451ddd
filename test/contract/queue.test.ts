import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { Queue } from "../../src/ports/queue.ts";
import { openQueue } from "../../src/queue/queue.ts";
import type { RedisAddress } from "../../src/queue/connection.ts";
import { startPrivateRedis, type PrivateRedis } from "../support/redis.ts";
import { localRules } from "./queue/local.ts";
import { outageRules } from "./queue/outages.ts";
import { wakeRules } from "./queue/wakes.ts";

/** What every queue must do. */
function queueContract(name: string, open: () => Promise<Queue>): void {
  describe(name, () => wakeRules(open));
}

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis();
});
afterAll(() => redis.remove());

const opened: Queue[] = [];
const warned: string[] = [];
const log = { warn: (_details: object, message: string) => void warned.push(message) };

async function open(connection: RedisAddress = { path: redis.path }): Promise<Queue> {
  // Short locks, so that a test need not wait half a minute for one to run out.
  const queue = await openQueue({ connection, lock: { lockMs: 3_000, checkMs: 500 }, log });
  opened.push(queue);
  return queue;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close(0)));
  await redis.command(["FLUSHALL"]);
});

queueContract("BullMQ", () => open());
describe("BullMQ when Redis fails", () => outageRules(() => redis, open, warned));
describe("a local Redis", localRules);
