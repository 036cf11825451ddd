import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { artifactsContract, bytes, DAY_MS, textOf } from "./artifacts/rules.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "journeyman-artifacts-"));
});
afterEach(() => rm(directory, { recursive: true }));

const fileOf = (digest: string): string => join(directory, digest.slice(0, 2), digest.slice(2));

artifactsContract("a directory", async () => ({
  open: (now) => openArtifacts(directory, now),
  damage: (digest, content) => writeFile(fileOf(digest), content),
  leave: async (name) => {
    await mkdir(join(directory, "ab"), { recursive: true });
    await writeFile(join(directory, name), "");
    return async () => (await readdir(directory, { recursive: true })).includes(name);
  },
}));

describe("files on the disk", () => {
  it("no temporary file is left beside the artifact", async () => {
    const store = openArtifacts(directory);
    const digest = await store.put(bytes("one"));
    await store.put(bytes("one"));
    expect(await readdir(join(directory, digest.slice(0, 2)))).toEqual([digest.slice(2)]);
  });

  it("a store that cannot be written says so", async () => {
    await writeFile(join(directory, "file"), "");
    const store = openArtifacts(join(directory, "file", "below"));
    await expect(store.put(bytes("x"))).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("what a collect had moved aside when it was killed is found again", async () => {
    const store = openArtifacts(directory, () => 0);
    const digest = await store.put(bytes("aside"));
    const aside = `${fileOf(digest)}.00000000-0000-4000-8000-000000000000.gone`;
    await rename(fileOf(digest), aside);
    expect(await textOf(store, digest)).toBe("aside");
    await rename(fileOf(digest), aside);
    expect(await store.collect(new Set([digest]), 1)).toBe(0);
    expect(await readdir(join(directory, digest.slice(0, 2)))).toEqual([digest.slice(2)]);
    await rename(fileOf(digest), aside);
    expect(await store.collect(new Set(), 1)).toBe(1);
    expect(await readdir(join(directory, digest.slice(0, 2)))).toEqual([]);
  });

  it("what a writer that was killed left behind goes with a collect", async () => {
    const store = openArtifacts(directory, () => 0);
    const digest = await store.put(bytes("whole"));
    await writeFile(`${fileOf(digest)}.00000000-0000-4000-8000-000000000000.tmp`, "wh");
    expect(await store.collect(new Set([digest]), Date.now() + DAY_MS)).toBe(0);
    expect(await readdir(join(directory, digest.slice(0, 2)))).toEqual([digest.slice(2)]);
  });
});
