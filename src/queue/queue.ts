import { setTimeout as sleep } from "node:timers/promises";
import { Queue as BullQueue, type Job } from "bullmq";
import { JourneymanError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { Queue } from "../ports/queue.ts";
import { checkRedis, connect, patiently, type RedisAddress } from "./connection.ts";
import { type Consumer, type Handler, type JobData, startConsumer, type LockTimes, type QueueLog } from "./consumer.ts";

/*
 * Wakes on BullMQ. Redis holds nothing but run ids; all of it may be lost, and the journal's sweep brings the wakes back.
 * 1. An immediate wake is named by (run, index): a second one while the first waits adds nothing.
 * 2. A delayed wake is named by (run, index, due time): neither an earlier nor a later wake takes its place.
 * 3. An immediate wake that finds its own name put off (its handler said "again") brings it forward.
 */

export interface QueueOptions {
  readonly connection: RedisAddress;
  /** BullMQ queue name. */
  readonly name?: string;
  /** Prefix of every key in Redis. */
  readonly prefix?: string;
  readonly lock?: LockTimes;
  readonly log: QueueLog;
}

const DEFAULT_LOCK: LockTimes = { lockMs: 30_000, checkMs: 10_000 };
/** How long a connection that may be stalled is waited for at the end, in milliseconds. */
const CLOSE_MS = 1_000;
/** Due times are rounded up to this, so that repeated wakes for about the same time are one. */
const DUE_STEP_MS = 100;

/** BullMQ refuses ids with `:` and ids of digits only. */
function placeOf(run: RunId, index: number, delayMs: number): { jobId: string; delay: number } {
  const name = `run-${run}-${index}`;
  if (delayMs <= 0) return { jobId: name, delay: 0 };
  const now = Date.now();
  const due = Math.ceil((now + delayMs) / DUE_STEP_MS) * DUE_STEP_MS;
  return { jobId: `${name}-${due}`, delay: due - now };
}

async function bringForward(job: Job<JobData>): Promise<void> {
  if (!(await job.isDelayed())) return;
  try {
    await job.promote();
  } catch (error) {
    // Its time may have come in between: then it is where it should be.
    if (await job.isDelayed()) throw error;
  }
}

interface Producer {
  wake(run: RunId, place: { readonly jobId: string; readonly delay: number }): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Both as they are at this moment: `renew` replaces them. */
interface Consuming {
  readonly consumer: Consumer;
  disconnect(): void;
}

function startProducer({ connection, name, prefix, log }: Named): Producer {
  const client = connect(connection, { enableOfflineQueue: false });
  client.on("error", (error) => log.warn({ error }, "queue producer connection"));
  const bull = new BullQueue<JobData, void, string, JobData, void, string>(name, {
    connection: client,
    prefix,
    // Otherwise a connection that breaks during the version check leaves the producer broken for good.
    skipVersionCheck: true,
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  bull.on("error", (error) => log.warn({ error }, "queue producer"));
  return {
    wake: (run, place) =>
      patiently(connection, async () => {
        const job = await bull.add("wake", { runId: run }, place);
        if (place.delay === 0) await bringForward(job);
      }),
    check: () => checkRedis(connection, client),
    close: async () => {
      // A connection that is stalled would keep a friendly end waiting for ever.
      await Promise.race([bull.close(), sleep(CLOSE_MS, undefined, { ref: false })]).catch(() => {});
      client.disconnect();
    },
  };
}

function startConsuming(options: Named, handler: Handler, concurrency: number): Consuming {
  const client = connect(options.connection, { maxRetriesPerRequest: null });
  client.on("error", (error) => options.log.warn({ error }, "queue consumer connection"));
  return {
    consumer: startConsumer({ ...options, connection: client, concurrency }, handler),
    disconnect: () => client.disconnect(),
  };
}

type Named = Required<QueueOptions>;

/** Opens the queue. Redis need not be there yet: ask `check`. */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const named: Named = { name: "wakes", prefix: "journeyman", lock: DEFAULT_LOCK, ...options };
  let producer = startProducer(named);
  let consuming: Consuming | null = null;
  let begin: () => Consuming | null = () => null;

  return {
    wake: (run, index, delayMs = 0) => producer.wake(run, placeOf(run, index, delayMs)),
    async consume(handler, { concurrency }) {
      if (consuming !== null) throw new JourneymanError("internal", { reason: "the queue is consumed already" });
      begin = () => startConsuming(named, handler, concurrency);
      consuming = begin();
    },
    check: () => producer.check(),
    async renew() {
      const fresh = startProducer(named);
      try {
        await fresh.check();
      } catch (thrown) {
        await fresh.close();
        throw thrown;
      }
      const [before, taking] = [producer, consuming];
      producer = fresh;
      consuming = begin();
      taking?.consumer.abandon();
      taking?.disconnect();
      await before.close();
    },
    async close(graceMs) {
      await consuming?.consumer.close(graceMs);
      consuming?.disconnect();
      await producer.close();
    },
  };
}
