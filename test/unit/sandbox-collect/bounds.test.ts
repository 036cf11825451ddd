import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { collectFromArchive, collectFromOverlay } from "../../../src/sandbox/collect.ts";
import { KEPT } from "../../../src/sandbox/tar-gather.ts";
import { MAX_REFUSED } from "../../../src/sandbox/tar-refusals.ts";
import { baseOf, tarBytes, tarOf } from "./tar-maker.ts";

const base = await baseOf({ a: "a", b: "b" });
const options = { ignored: [] };

test("S56: no more files are kept than a bound, and the rest is refused in one line", async () => {
  const items = Array.from({ length: KEPT.files + 50 }, (_, index) => ({ name: `f${index}`, content: "x" }));
  const collected = await collectFromOverlay(await tarOf(items), base, options);
  expect(collected.files).toHaveLength(KEPT.files);
  expect(collected.refused).toEqual([{ path: "", reason: "too_many", detail: "50 more entries than can be kept" }]);
});

test("S56: no more bytes are kept than a bound", async () => {
  const content = "x".repeat(1024 * 1024);
  const items = Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, content }));
  const collected = await collectFromOverlay(await tarOf(items), base, options);
  const kept = collected.files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
  expect(kept).toBeLessThanOrEqual(KEPT.bytes);
  expect(collected.refused).toMatchObject([{ reason: "too_many" }]);
});

test("S56: refusals are bounded too", async () => {
  const items = Array.from({ length: 300 }, (_, index) => ({ name: `p${index}`, type: "fifo" as const }));
  const collected = await collectFromOverlay(await tarOf(items), base, options);
  expect(collected.refused).toHaveLength(MAX_REFUSED + 1);
});

test("S56: a file of many gigabytes costs no memory and ends when time is up", async () => {
  const [header] = [await tarBytes([{ name: "huge", content: "" }])];
  const head = Buffer.from(header.subarray(0, 512));
  head.write("77777777777 ", 124); // 8 GiB
  head.write("        ", 148);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const zeros = Buffer.alloc(1024 * 1024);
  async function* endless() {
    yield head;
    for (;;) {
      await setImmediate(); // As a pipe would, let time pass.
      yield zeros;
    }
  }
  const before = process.memoryUsage().rss;
  const reading = collectFromOverlay(Readable.from(endless()), base, { ...options, signal: AbortSignal.timeout(500) });
  await expect(reading).rejects.toMatchObject({ name: "TimeoutError" });
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test("a tar that was cut off is an error, between two entries too, and never a deletion", async () => {
  const whole = await tarBytes([
    { name: "a", content: "a" },
    { name: "b", content: "b" },
  ]);
  expect((await collectFromArchive(Readable.from([whole]), base, options)).deleted).toEqual([]);
  for (const length of [0, 100, 512, 700, 1024, 1536, 2048]) {
    const cut = Readable.from([whole.subarray(0, length)]);
    await expect(collectFromArchive(cut, base, options)).rejects.toMatchObject({ code: "sandbox_lost" });
  }
});

test("bytes that are no tar are an error", async () => {
  const noise = Readable.from([Buffer.alloc(4096, "noise")]);
  await expect(collectFromOverlay(noise, base, options)).rejects.toMatchObject({ code: "sandbox_lost" });
});

test("a source that fails is an error", async () => {
  const failing = new Readable({ read: () => void failing.destroy(new RangeError("gone")) });
  await expect(collectFromOverlay(failing, base, options)).rejects.toMatchObject({ code: "sandbox_lost" });
});

test("a tar by GNU tar with long names, unusual ones and attributes is read the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gnu-"));
  const long = `${"long-".repeat(40)}name.txt`;
  for (const name of [long, "naïve 日本.txt", " blank"]) writeFileSync(join(directory, name), "x");
  for (const format of ["posix", "gnu"]) {
    const tar = execFileSync("tar", ["-C", directory, `--format=${format}`, "--xattrs", "-cf", "-", "."]);
    const collected = await collectFromOverlay(Readable.from([tar]), base, options);
    expect(collected.files.map((file) => file.path)).toEqual([" blank", long, "naïve 日本.txt"]);
  }
});

test("a name whose bytes are not UTF-8 is refused", async () => {
  const tar = await tarBytes([{ name: "caf_", content: "x" }]);
  tar[3] = 0xe9;
  tar.write("        ", 148);
  tar.write(
    `${tar
      .subarray(0, 512)
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const collected = await collectFromOverlay(Readable.from([tar]), base, options);
  expect(collected).toMatchObject({ files: [], refused: [{ reason: "bad_path" }] });
});
