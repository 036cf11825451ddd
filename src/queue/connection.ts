import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { JourneymanError } from "../core/errors.ts";

/** Where Redis is: a URL, or the path of a unix socket. */
export type RedisAddress = { readonly url: string } | { readonly path: string };

/** Longest that a caller waits for Redis before it is told that Redis cannot be reached. */
export const PATIENCE_MS = 2_000;
const RETRY_MS = 50;

/** The address as people may see it: without user and password. */
export function publicAddress(address: RedisAddress): string {
  if ("path" in address) return address.path;
  return URL.canParse(address.url) ? new URL(address.url).host : "REDIS_URL";
}

const reconnectDelay = (attempt: number): number => Math.min(RETRY_MS * 2 ** Math.min(attempt, 10), 1_000);

interface ClientOptions {
  readonly enableOfflineQueue?: boolean;
  readonly maxRetriesPerRequest?: number | null;
}

/** A client that reconnects for ever. The caller listens to `error`: without a listener a lost connection would end the process. */
export function connect(address: RedisAddress, options: ClientOptions): Redis {
  const all = { connectTimeout: PATIENCE_MS, retryStrategy: reconnectDelay, ...options };
  return "path" in address ? new Redis(address.path, all) : new Redis(address.url, all);
}

const unreachable = (address: RedisAddress, cause: unknown): JourneymanError =>
  new JourneymanError("redis_unreachable", { address: publicAddress(address) }, { cause });

/** Tries `work` until it succeeds, for at most `PATIENCE_MS` in all. Throws `redis_unreachable`. `work` must be safe to repeat. */
export async function patiently<T>(address: RedisAddress, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const deadline = sleep(PATIENCE_MS, undefined, { signal: over.signal }).then(() => {
    throw unreachable(address, "no answer in time");
  });
  // When the race is over nobody listens to the loser any more.
  deadline.catch(() => {});
  const until = Date.now() + PATIENCE_MS;
  const attempt = async (): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (Date.now() + RETRY_MS > until) throw unreachable(address, error);
        await sleep(RETRY_MS);
      }
    }
  };
  try {
    return await Promise.race([attempt(), deadline]);
  } finally {
    over.abort();
  }
}

/** Throws `redis_unreachable`, or `redis_policy` when Redis may drop jobs under memory pressure. */
export async function checkRedis(address: RedisAddress, client: Redis): Promise<void> {
  const memory = await patiently(address, async () => {
    await client.ping();
    return client.info("memory");
  });
  // From INFO: managed Redis services often refuse CONFIG.
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? "unknown";
  if (policy !== "noeviction") {
    throw new JourneymanError("redis_policy", { address: publicAddress(address), policy });
  }
}
