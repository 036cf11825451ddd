import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { readArchive } from "../../../src/app/archive-read.ts";
import { writeArchive } from "../../../src/app/archive-write.ts";
import { artifactMember, type Manifest } from "../../../src/app/archive-manifest.ts";
import type { WholeRun } from "../../../src/app/whole-run.ts";
import { digestOf } from "../../../src/core/digest.ts";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { RunEvent, StoredEvent } from "../../../src/core/events.ts";
import { factLine } from "../../../src/journal/fact-line.ts";
import { Sha } from "../../../src/core/ids.ts";
import { iso, newRun, noted, requested, START } from "../../contract/journal/kit.ts";
import { freshFolder } from "../journal/folder.ts";

const folder = freshFolder();
const TEXT = "const one = 1;\n";
const ARTIFACT = digestOf(TEXT);
const LOST = digestOf("lost");

const run = newRun();
const events: RunEvent[] = [
  requested(),
  {
    type: "checkpoint.saved",
    conversation: "implement.1",
    turn: 1,
    changes: [ARTIFACT, LOST].map((artifact, index) => ({
      status: "added",
      path: `src/${index}.ts`,
      mode: "100644",
      size: TEXT.length,
      blob: Sha.parse("0".repeat(40)),
      artifact,
    })),
    refused: [],
    ignored: 0,
  },
  noted("the last"),
];
const facts = events.map((event, index): StoredEvent => ({ run, index, epoch: 1, at: iso(START), event }));
const whole: WholeRun = {
  run,
  facts,
  artifacts: {
    get: async (digest) => {
      if (digest !== ARTIFACT) throw new JourneymanError("artifact_missing", { digest });
      return new TextEncoder().encode(TEXT);
    },
  },
};

let path = "";
beforeEach(async () => {
  path = join(folder(), "run.tar.gz");
  await writeArchive(path, whole, false);
});

describe("an archive", () => {
  it("gives back the run that was put in, and its artifacts", async () => {
    const read = await readArchive(path);
    expect({ run: read.run, facts: read.facts }).toEqual({ run, facts });
    expect(Buffer.from(await read.artifacts.get(ARTIFACT)).toString()).toBe(TEXT);
  });

  it("names what the store no longer had", async () => {
    const manifest = await writeArchive(join(folder(), "other.tar.gz"), whole, false);
    expect(manifest).toMatchObject({ run, format: 1, facts: 3, artifacts: 1, missing: [LOST] });
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+/);
    const read = await readArchive(path);
    await expect(read.artifacts.get(LOST)).rejects.toMatchObject({ code: "artifact_missing" });
  });

  it("overwrites nothing unless it is told to, and leaves no half file", async () => {
    await writeFile(path, "mine");
    await expect(writeArchive(path, whole, false)).rejects.toMatchObject({ code: "archive_exists", details: { path } });
    expect(await readFile(path, "utf8")).toBe("mine");
    const failing = { ...whole, artifacts: { get: () => Promise.reject(new JourneymanError("storage_unavailable")) } };
    await expect(writeArchive(path, failing, true)).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(await readFile(path, "utf8")).toBe("mine");
    await writeArchive(path, whole, true);
    expect((await readArchive(path)).facts).toEqual(facts);
    expect(await readdir(folder())).toEqual(["run.tar.gz"]);
  });

  it("of two written at once under one name one is there, and the other is told", async () => {
    const other = join(folder(), "raced.tar.gz");
    const written = await Promise.allSettled([1, 2, 3].map(() => writeArchive(other, whole, false)));
    expect(written.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await readArchive(other)).facts).toEqual(facts);
  });

  it("a place that cannot be written is said, not thrown about", async () => {
    await writeFile(join(folder(), "file"), "");
    const below = join(folder(), "file", "run.tar.gz");
    await expect(writeArchive(below, whole, false)).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(readArchive(join(folder(), "absent.tar.gz"))).rejects.toMatchObject({ code: "archive_damaged" });
  });
});

describe("a damaged archive", () => {
  const refusal = async (bytes: Uint8Array): Promise<string | null> => {
    await writeFile(path, bytes);
    try {
      const read = await readArchive(path);
      // What the bytes before the compressed data say (a time, a system) is not read by anybody.
      expect(read.facts).toEqual(facts);
      expect(Buffer.from(await read.artifacts.get(ARTIFACT)).toString()).toBe(TEXT);
      return null;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: "archive_damaged", details: { path } });
      return thrown instanceof JourneymanError ? String(thrown.details["place"]) : "";
    }
  };

  it("cut at any byte it is refused, with the place", async () => {
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.byteLength; length += 1)
      expect(await refusal(bytes.subarray(0, length)), `cut at ${length}`).toMatch(/\w/);
  });

  it("with any byte flipped it is refused with the place, or what is read is the same", async () => {
    const bytes = await readFile(path);
    let same = 0;
    for (let at = 0; at < bytes.byteLength; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x55;
      if ((await refusal(flipped)) === null) same += 1;
    }
    // The head of a gzip file has six bytes that mean nothing here, and the last bits of its body may be padding.
    expect(same).toBeLessThanOrEqual(8);
  });

  /** The archive with its members as somebody would have them who also makes the compression fit. */
  async function forged(change: (members: Map<string, string>) => void): Promise<Buffer> {
    const manifest: Manifest = await writeArchive(join(folder(), "true.tar.gz"), whole, true);
    const lines = facts.map((fact) => `${factLine(fact)}\n`).join("");
    const members = new Map([
      ["facts.jsonl", lines],
      [artifactMember(ARTIFACT), TEXT],
      ["manifest.json", JSON.stringify(manifest)],
    ]);
    change(members);
    const tar = pack();
    for (const [name, text] of members) tar.entry({ name }, text);
    tar.finalize();
    return gzipSync(await buffer(tar));
  }
  const withManifest = (members: Map<string, string>, change: (manifest: Manifest) => object): void => {
    const manifest: Manifest = JSON.parse(members.get("manifest.json") ?? "");
    members.delete("manifest.json");
    members.set("manifest.json", JSON.stringify(change(manifest)));
  };
  const relisted = (members: Map<string, string>): void =>
    withManifest(members, (manifest) => ({
      ...manifest,
      members: [...members].map(([name, text]) => ({ name, bytes: Buffer.byteLength(text), sha256: digestOf(text) })),
    }));

  it("one that was only packed anew is read", async () => {
    expect(await refusal(await forged(() => {}))).toBeNull();
  });

  const forgeries: [string, (members: Map<string, string>) => void, RegExp][] = [
    ["other bytes in an artifact", (all) => all.set(artifactMember(ARTIFACT), "const one = 2;\n"), /^artifacts\//],
    ["a fact too few", (all) => all.set("facts.jsonl", `${factLine(facts[0]!)}\n`), /^facts\.jsonl$/],
    ["a member too few", (all) => all.delete(artifactMember(ARTIFACT)), /^artifacts\//],
    ["a member too many", (all) => withManifest(all.set("more", "x"), (manifest) => manifest), /^more$/],
    ["no manifest", (all) => all.delete("manifest.json"), /^its end$/],
    ["a manifest of a newer form", (all) => withManifest(all, (manifest) => ({ ...manifest, format: 2 })), /^manifest/],
    [
      "a changed fact whose sums were made to fit, but its own",
      (all) => {
        all.set("facts.jsonl", (all.get("facts.jsonl") ?? "").replace("the last", "the lost"));
        relisted(all);
      },
      /^fact 2$/,
    ],
    ["facts of another run", (all) => withManifest(all, (manifest) => ({ ...manifest, run: newRun(1) })), /^fact 0$/],
  ];
  for (const [name, change, place] of forgeries)
    it(`${name} is refused, with the place`, async () => {
      expect(await refusal(await forged(change))).toMatch(place);
    });

  it("the members can be looked at with the tools of every system", async () => {
    const tar = gunzipSync(await readFile(path));
    expect(tar.subarray(257, 262).toString()).toBe("ustar");
  });
});
