import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { digestOf } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import { Digest } from "../core/ids.ts";
import type { Artifacts } from "../ports/journal.ts";
import { asStoreError, statusOf } from "./s3-failure.ts";

/*
 * Artifacts in a bucket, each as one object a day on which it was put: `<prefix><digest>/<YYYY-MM-DD>`.
 * 1. A put relies only on the object of its own day, and a collect removes only days that are over. So no put can lose its bytes to a
 *    collect of another process, however long a request of either is under way: there is no moment at which both mean the same object.
 * 2. Objects hold what their digest says or are as good as missing; the next put of that day mends them.
 * 3. Objects of other names are not ours, and stay.
 */

export interface S3Options {
  readonly bucket: string;
  /** What every key begins with; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  /** Address of a store that is not Amazon's; buckets are in its path. */
  readonly endpoint?: string;
  /** Without them the vendor's usual places are looked at: profile, container, machine. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long one operation may take with its repetitions, in milliseconds. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const CONNECT_MS = 5_000;
const ATTEMPTS = 3;
const DAY_MS = 86_400_000;
/** Objects that are removed side by side. */
const AT_ONCE = 16;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const sumOf = (bytes: Uint8Array, algorithm: "sha256" | "md5"): Buffer => createHash(algorithm).update(bytes).digest();

/** Objects of one artifact, newest day first. */
interface Copies {
  readonly digest: Digest;
  readonly days: readonly string[];
}

class Bucket {
  readonly #client: S3Client;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    const { region, endpoint, credentials } = options;
    this.#options = options;
    this.#client = new S3Client({
      region,
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: options.timeoutMs ?? TIMEOUT_MS },
      // Sums that older stores of other makers do not know are sent only where S3 asks for them.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(credentials !== undefined && { credentials }),
    });
  }

  /** Bounded in time as a whole, looking for credentials included. */
  async #ask<T>(work: (client: S3Client, signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS);
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    try {
      return await Promise.race([work(this.#client, signal), promise]);
    } catch (error) {
      throw asStoreError(error, this.#options.bucket);
    }
  }

  /** Null when the object is absent. */
  async #find<T>(work: (client: S3Client, signal: AbortSignal) => Promise<T>): Promise<T | null> {
    return this.#ask(async (client, signal) => {
      try {
        return await work(client, signal);
      } catch (error) {
        if (statusOf(error) === 404 && !(error instanceof Error && error.name === "NoSuchBucket")) return null;
        throw error;
      }
    });
  }

  #keyOf(digest: Digest, day: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: `${this.#options.prefix}${digest}/${day}` };
  }

  /** Whether the object is there and, as far as the store says, holds these bytes. */
  async holds(digest: Digest, day: string, bytes: Uint8Array): Promise<boolean> {
    const head = await this.#find((client, abortSignal) =>
      client.send(new HeadObjectCommand({ ...this.#keyOf(digest, day), ChecksumMode: "ENABLED" }), { abortSignal }),
    );
    if (head === null || head.ContentLength !== bytes.byteLength) return false;
    if (head.ChecksumSHA256 !== undefined) return head.ChecksumSHA256 === sumOf(bytes, "sha256").toString("base64");
    return head.ETag === `"${sumOf(bytes, "md5").toString("hex")}"`;
  }

  async write(digest: Digest, day: string, bytes: Uint8Array): Promise<void> {
    const sum = sumOf(bytes, "sha256").toString("base64");
    await this.#ask((client, abortSignal) =>
      client.send(new PutObjectCommand({ ...this.#keyOf(digest, day), Body: bytes, ChecksumSHA256: sum }), {
        abortSignal,
      }),
    );
  }

  /** The bytes, or null when the object is absent or holds something else. */
  async read(digest: Digest, day: string): Promise<Uint8Array | null> {
    const bytes = await this.#find(async (client, abortSignal) => {
      const { Body } = await client.send(new GetObjectCommand(this.#keyOf(digest, day)), { abortSignal });
      return (await Body?.transformToByteArray()) ?? null;
    });
    return bytes !== null && digestOf(bytes) === digest ? bytes : null;
  }

  async remove(digest: Digest, day: string): Promise<void> {
    await this.#find((client, abortSignal) =>
      client.send(new DeleteObjectCommand(this.#keyOf(digest, day)), { abortSignal }),
    );
  }

  /** Keys of ours under a prefix, sorted as the store sorts them. */
  async *#keys(below: string): AsyncGenerator<{ digest: Digest; day: string }> {
    const { bucket, prefix } = this.#options;
    let token: string | undefined;
    do {
      const page = await this.#ask((client, abortSignal) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: `${prefix}${below}`,
            ...(token !== undefined && { ContinuationToken: token }),
          }),
          { abortSignal },
        ),
      );
      for (const { Key = "" } of page.Contents ?? []) {
        const [, digest, day] = /^([0-9a-f]{64})\/(\d{4}-\d{2}-\d{2})$/.exec(Key.slice(prefix.length)) ?? [];
        if (digest !== undefined && day !== undefined) yield { digest: Digest.parse(digest), day };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Every artifact below a prefix with its days. The store gives keys in order, so those of one artifact follow each other. */
  async *copies(below: string): AsyncGenerator<Copies> {
    const days: string[] = [];
    let current: Digest | null = null;
    for await (const { digest, day } of this.#keys(below)) {
      if (current !== null && current !== digest) yield { digest: current, days: days.splice(0) };
      current = digest;
      days.unshift(day);
    }
    if (current !== null) yield { digest: current, days };
  }
}

/** The newest sound copy. A listing may lag behind in stores of some makers, so the last two days are asked for by name at the end. */
async function read(bucket: Bucket, digest: Digest, now: number): Promise<Uint8Array | null> {
  const asked = new Set<string>();
  const ask = async (day: string): Promise<Uint8Array | null> => {
    if (asked.has(day)) return null;
    asked.add(day);
    return bucket.read(digest, day);
  };
  for await (const { days } of bucket.copies(`${digest}/`))
    for (const day of days) {
      const bytes = await ask(day);
      if (bytes !== null) return bytes;
    }
  return (await ask(dayOf(now))) ?? (await ask(dayOf(now - DAY_MS)));
}

async function settle(under: Set<Promise<void>>): Promise<void> {
  await Promise.all(under);
  under.clear();
}

/** Of an artifact that is kept the newest copy stays. */
async function collect(bucket: Bucket, keep: ReadonlySet<Digest>, before: number): Promise<number> {
  const isOver = (day: string): boolean => Date.parse(day) + DAY_MS <= before;
  const under = new Set<Promise<void>>();
  let removed = 0;
  for await (const { digest, days } of bucket.copies("")) {
    const old = (keep.has(digest) ? days.slice(1) : days).filter(isOver);
    for (const day of old) under.add(bucket.remove(digest, day));
    if (old.length === days.length) removed += 1;
    if (under.size >= AT_ONCE) await settle(under);
  }
  await settle(under);
  return removed;
}

/**
 * Artifacts in a bucket of a store that speaks S3. Throws `storage_unavailable` when it does not answer in time or not well, and
 * `artifacts_refused` for what an operator must mend: no such bucket, no right to it, a wrong key.
 */
export function openS3Artifacts(options: S3Options): Artifacts {
  const bucket = new Bucket(options);
  const now = options.now ?? Date.now;
  return {
    async put(bytes) {
      const digest = digestOf(bytes);
      const day = dayOf(now());
      if (!(await bucket.holds(digest, day, bytes))) await bucket.write(digest, day, bytes);
      return digest;
    },
    async get(digest) {
      const bytes = await read(bucket, digest, now());
      if (bytes === null) throw new JourneymanError("artifact_missing", { digest });
      return bytes;
    },
    collect: (keep, before) => collect(bucket, keep, before),
  };
}
