import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/core/digest.ts";
import { asJourneymanError } from "../../src/core/errors.ts";
import { openS3Artifacts, type S3Options } from "../../src/journal/s3-artifacts.ts";
import { type Gate, openGate } from "../support/s3/gate.ts";
import { type S3Server, S3_KEY, startS3 } from "../support/s3/server.ts";
import { artifactsContract, bytes, DAY_MS, textOf } from "./artifacts/rules.ts";

describe("OpenStack Swift", () => {
  const BUCKET = "artifacts-of-tests";
  let server: S3Server;
  let gate: Gate;
  let places = 0;
  beforeAll(async () => {
    server = await startS3();
    await server.createBucket(BUCKET);
    gate = await openGate(server.port);
  });
  afterEach(() => gate.trouble("none"));
  afterAll(async () => {
    await gate.close();
    await server.stop();
  });

  const optionsFor = (prefix: string): S3Options => ({
    bucket: BUCKET,
    prefix,
    region: "us-east-1",
    endpoint: gate.url,
    credentials: S3_KEY,
  });
  const fresh = (): S3Options => optionsFor(`place-${places++}/`);

  async function keysBelow(prefix: string): Promise<string[]> {
    const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    return Contents.map(({ Key = "" }) => Key);
  }
  const write = (Key: string, text: string) =>
    server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: text }));

  artifactsContract("a bucket", async () => {
    const options = fresh();
    return {
      open: (now) => openS3Artifacts({ ...options, ...(now !== undefined && { now }) }),
      damage: async (digest, content) => {
        for (const key of await keysBelow(`${options.prefix}${digest}/`)) await write(key, content);
      },
      leave: async (name) => {
        await write(options.prefix + name, "");
        return async () => (await keysBelow(options.prefix)).includes(options.prefix + name);
      },
    };
  });

  it("more objects than one page holds are all seen", async () => {
    const options = fresh();
    const store = openS3Artifacts(options);
    const digests = Array.from({ length: 130 }, (_, index) => digestOf(`page ${index}`));
    for (let from = 0; from < digests.length; from += 50)
      await Promise.all(digests.slice(from, from + 50).map((one) => write(`${options.prefix}${one}/2026-11-01`, "x")));
    const keep = new Set(digests.slice(0, 30));
    expect(await store.collect(keep, Date.now() + 2 * DAY_MS)).toBe(100);
    const left = await Promise.all([...keep].map((one) => keysBelow(`${options.prefix}${one}/`)));
    expect(left.flat()).toHaveLength(30);
  });

  it("of an artifact that is kept only the newest copy stays", async () => {
    const options = fresh();
    const start = Date.parse("2026-11-01T12:00:00Z");
    for (const day of [0, 1, 2])
      await openS3Artifacts({ ...options, now: () => start + day * DAY_MS }).put(bytes("kept"));
    const digest = digestOf("kept");
    expect(await keysBelow(options.prefix)).toHaveLength(3);
    expect(await openS3Artifacts(options).collect(new Set([digest]), start + 30 * DAY_MS)).toBe(0);
    expect(await keysBelow(options.prefix)).toEqual([`${options.prefix}${digest}/2026-11-03`]);
    expect(await textOf(openS3Artifacts(options), digest)).toBe("kept");
  });

  it("a damaged newest copy does not hide an older whole one", async () => {
    const options = fresh();
    const start = Date.parse("2026-11-01T12:00:00Z");
    const digest = await openS3Artifacts({ ...options, now: () => start }).put(bytes("whole"));
    await write(`${options.prefix}${digest}/2026-11-02`, "wholf");
    expect(await textOf(openS3Artifacts(options), digest)).toBe("whole");
  });

  const codeOf = async (work: Promise<unknown>) => {
    const error = asJourneymanError(
      await work.then(
        () => "it worked",
        (thrown: unknown) => thrown,
      ),
    );
    // No part of the vendor's error goes on: it repeats what was signed.
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain(S3_KEY.accessKeyId);
    expect(error.message).not.toContain(S3_KEY.secretAccessKey);
    return { code: error.code, class: error.class, sentence: error.message };
  };

  it("one refusal for too many requests, and one answer that breaks off, are repeated", async () => {
    const store = openS3Artifacts(fresh());
    for (const kind of ["slow_down", "cut"] as const) {
      gate.trouble(kind, 1);
      const digest = await store.put(bytes(`after ${kind}`));
      expect(gate.met()).toBe(1);
      gate.trouble(kind, 1);
      expect(await textOf(store, digest)).toBe(`after ${kind}`);
    }
  });

  it("a store that goes on refusing, cutting or keeping silent is storage_unavailable, in bounded time", async () => {
    const store = openS3Artifacts({ ...fresh(), timeoutMs: 2_000 });
    const digest = await store.put(bytes("there"));
    for (const kind of ["slow_down", "cut", "silent"] as const) {
      gate.trouble(kind);
      const began = performance.now();
      expect(await codeOf(store.get(digest)), kind).toMatchObject({ code: "storage_unavailable", class: "wait" });
      expect(await codeOf(store.put(bytes(kind))), kind).toMatchObject({ code: "storage_unavailable" });
      expect(performance.now() - began).toBeLessThan(8_000);
    }
    gate.trouble("none");
    expect(await textOf(store, digest)).toBe("there");
  });

  it("a store that is not there is storage_unavailable", async () => {
    const closed = await openGate(server.port);
    await closed.close();
    const store = openS3Artifacts({ ...fresh(), endpoint: closed.url });
    expect(await codeOf(store.put(bytes("x")))).toMatchObject({
      code: "storage_unavailable",
      sentence: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("a wrong secret, an unknown key and a missing bucket are the operator's to mend, and said so", async () => {
    const wrong: [string, Partial<S3Options>][] = [
      ["secret", { credentials: { ...S3_KEY, secretAccessKey: "wrong" } }],
      ["key", { credentials: { accessKeyId: "nobody:here", secretAccessKey: "wrong" } }],
      ["bucket", { bucket: "no-such-bucket" }],
    ];
    for (const [name, part] of wrong) {
      const store = openS3Artifacts({ ...fresh(), ...part });
      const works = [() => store.put(bytes("x")), () => store.get(digestOf("x")), () => store.collect(new Set(), 0)];
      for (const work of works) {
        const found = await codeOf(work());
        expect(found, name).toMatchObject({ code: "artifacts_refused", class: "wait" });
        expect(found.sentence).toContain("journeyman doctor");
      }
    }
  });

  it("an object that somebody removed is missing", async () => {
    const options = fresh();
    const digest = await openS3Artifacts(options).put(bytes("gone"));
    for (const Key of await keysBelow(options.prefix))
      await server.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    expect(await codeOf(openS3Artifacts(options).get(digest))).toMatchObject({ code: "artifact_missing" });
  });
});
