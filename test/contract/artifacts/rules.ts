import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../../src/core/digest.ts";
import type { Digest } from "../../../src/core/ids.ts";
import type { Artifacts } from "../../../src/ports/journal.ts";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = async (store: Artifacts, digest: Digest): Promise<string> =>
  Buffer.from(await store.get(digest)).toString();

export const DAY_MS = 86_400_000;

/** An empty place for artifacts, new for each test. */
export interface Place {
  /** `now`: the time of puts, in milliseconds since 1970. */
  open(now?: () => number): Artifacts;
  /** Puts other bytes where the artifact lies. */
  damage(digest: Digest, content: string): Promise<void>;
  /** Puts something there that is not ours; gives whether it is still there. */
  leave(name: string): Promise<() => Promise<boolean>>;
}

/** What every artifact store must do. */
export function artifactsContract(name: string, create: () => Promise<Place>): void {
  describe(name, () => {
    let place: Place;
    beforeEach(async () => {
      place = await create();
    });

    it("bytes come back by their SHA-256, whatever they are", async () => {
      const store = place.open();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (content) => {
          const digest = await store.put(content);
          expect(digest).toBe(digestOf(content));
          expect(Buffer.from(await store.get(digest))).toEqual(Buffer.from(content));
        }),
        { numRuns: 20 },
      );
    });

    it("a file as large as a change may hold comes back whole", async () => {
      const content = new Uint8Array(1024 * 1024).fill(7);
      const store = place.open();
      expect(Buffer.from(await store.get(await store.put(content))).equals(content)).toBe(true);
    });

    it("an unknown digest is artifact_missing", async () => {
      const digest = digestOf("never put");
      await expect(place.open().get(digest)).rejects.toMatchObject({ code: "artifact_missing", details: { digest } });
    });

    it("the same bytes put at once from many sides are one artifact", async () => {
      const digests = await Promise.all(Array.from({ length: 20 }, () => place.open().put(bytes("same"))));
      expect(new Set(digests).size).toBe(1);
      expect(await textOf(place.open(), digestOf("same"))).toBe("same");
      expect(await place.open().collect(new Set(), Date.now() + 2 * DAY_MS)).toBe(1);
    });

    it("what one worker put another finds", async () => {
      const digest = await place.open().put(bytes("shared"));
      expect(await textOf(place.open(), digest)).toBe("shared");
    });

    it("damaged bytes are missing, and mended by the next put", async () => {
      const store = place.open();
      const digest = await store.put(bytes("whole"));
      for (const damage of ["whol", "", "wholf"]) {
        await place.damage(digest, damage);
        await expect(store.get(digest)).rejects.toMatchObject({ code: "artifact_missing" });
        await store.put(bytes("whole"));
        expect(await textOf(store, digest)).toBe("whole");
      }
    });

    it("collected is what was last put before the time given and is not kept", async () => {
      let now = Date.parse("2026-11-01T12:00:00Z");
      const store = place.open(() => now);
      const [kept, old] = [await store.put(bytes("kept")), await store.put(bytes("old"))];
      now += 3 * DAY_MS;
      const fresh = await store.put(bytes("fresh"));
      expect(await store.collect(new Set([kept]), now - DAY_MS)).toBe(1);
      expect(await textOf(store, kept)).toBe("kept");
      expect(await textOf(store, fresh)).toBe("fresh");
      await expect(store.get(old)).rejects.toMatchObject({ code: "artifact_missing" });
      expect(await store.collect(new Set([kept]), now - DAY_MS)).toBe(0);
    });

    it("a put of bytes that are there counts as a put", async () => {
      let now = Date.parse("2026-11-01T12:00:00Z");
      const store = place.open(() => now);
      const digest = await store.put(bytes("again"));
      now += 3 * DAY_MS;
      await place.open(() => now).put(bytes("again"));
      expect(await store.collect(new Set(), now - DAY_MS)).toBe(0);
      expect(await textOf(store, digest)).toBe("again");
    });

    it("what was put while others collected is there afterwards, each time", async () => {
      const now = Date.parse("2026-11-01T12:00:00Z");
      for (let round = 0; round < 8; round++) {
        const old = place.open(() => now);
        const texts = Array.from({ length: 6 }, (_, index) => `raced ${index}`);
        for (const text of texts) await old.put(bytes(text));
        const late = place.open(() => now + 3 * DAY_MS);
        const collecting = [1, 2, 3].map(() => late.collect(new Set(), now + 2 * DAY_MS));
        const digests = await Promise.all(texts.map((text) => late.put(bytes(text))));
        await Promise.all(collecting);
        for (const [index, digest] of digests.entries()) expect(await textOf(late, digest)).toBe(texts[index]);
        await late.collect(new Set(), now + 9 * DAY_MS);
      }
    });

    it("a collect leaves alone what is not an artifact", async () => {
      const isThere = await Promise.all(["notes.txt", "ab/readme", `ab/${"0".repeat(61)}`].map(place.leave));
      expect(await place.open().collect(new Set(), Date.now() + 2 * DAY_MS)).toBe(0);
      for (const look of isThere) expect(await look()).toBe(true);
    });
  });
}
