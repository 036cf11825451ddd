import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../src/core/digest.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import type { Artifacts } from "../../src/ports/journal.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What every artifact store must do. */
function artifactsContract(name: string, open: () => Artifacts): void {
  describe(name, () => {
    it("bytes come back by their SHA-256, whatever they are", async () => {
      const store = open();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (content) => {
          const digest = await store.put(content);
          expect(digest).toBe(digestOf(content));
          expect(Buffer.from(await store.get(digest))).toEqual(Buffer.from(content));
        }),
        { numRuns: 30 },
      );
    });

    it("an unknown digest is artifact_missing", async () => {
      const digest = digestOf("never put");
      await expect(open().get(digest)).rejects.toMatchObject({ code: "artifact_missing", details: { digest } });
    });

    it("the same bytes put at once from many sides are one artifact", async () => {
      const digests = await Promise.all(Array.from({ length: 20 }, () => open().put(bytes("same"))));
      expect(new Set(digests).size).toBe(1);
      expect(Buffer.from(await open().get(digestOf("same"))).toString()).toBe("same");
    });
  });
}

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-artifacts-"));
});
afterEach(() => rm(directory, { recursive: true }));

artifactsContract("files", () => openArtifacts(join(directory, "artifacts")));

describe("files on the disk", () => {
  const fileOf = (digest: string): string => join(directory, digest.slice(0, 2), digest.slice(2));

  it("no temporary file is left beside the artifact", async () => {
    const store = openArtifacts(directory);
    const digest = await store.put(bytes("one"));
    await store.put(bytes("one"));
    expect(await readdir(join(directory, digest.slice(0, 2)))).toEqual([digest.slice(2)]);
  });

  it("a file that does not hold what its name says is missing, and mended by the next put", async () => {
    const store = openArtifacts(directory);
    const digest = await store.put(bytes("whole"));
    for (const damage of ["whol", "", "wholf"]) {
      await writeFile(fileOf(digest), damage);
      await expect(store.get(digest)).rejects.toMatchObject({ code: "artifact_missing" });
      await store.put(bytes("whole"));
      expect(Buffer.from(await store.get(digest)).toString()).toBe("whole");
    }
  });

  it("a store that cannot be written says so", async () => {
    await writeFile(join(directory, "file"), "");
    const store = openArtifacts(join(directory, "file", "below"));
    await expect(store.put(bytes("x"))).rejects.toMatchObject({ code: "storage_unavailable" });
  });
});
