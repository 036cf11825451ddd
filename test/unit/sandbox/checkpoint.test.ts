import { expect, test } from "vitest";
import { extract } from "tar-stream";
import { blobSha, digestOf } from "../../../src/core/digest.ts";
import type { WorkspaceSpec } from "../../../src/ports/sandbox.ts";
import { checkpointTar } from "../../../src/sandbox/checkpoint.ts";

type Changes = WorkspaceSpec["changes"];

const file = (path: string, text = path, mode: "100644" | "100755" = "100644"): Changes[number] => {
  const bytes = Buffer.from(text);
  const change = {
    status: "added",
    path,
    mode,
    size: bytes.byteLength,
    blob: blobSha(bytes),
    artifact: digestOf(bytes),
  };
  return { change: { ...change, status: "added" }, bytes };
};
const deleted = (path: string): Changes[number] => ({ change: { status: "deleted", path }, bytes: null });

async function entriesOf(changes: Changes, whiteouts: boolean): Promise<string[]> {
  const reader = extract();
  checkpointTar(changes, { whiteouts }).pipe(reader);
  const told: string[] = [];
  for await (const entry of reader) {
    const { name, type, mode, uid } = entry.header;
    told.push(`${type} ${name} ${(mode ?? 0).toString(8)} ${uid}`);
    entry.resume();
  }
  return told;
}

test("a checkpoint holds every parent once, before its files, all owned by the sandbox's user", async () => {
  expect(await entriesOf([file("a/b/one"), file("a/b/two", "", "100755"), file("top")], true)).toEqual([
    "directory a/ 755 10001",
    "directory a/b/ 755 10001",
    "file a/b/one 644 10001",
    "file a/b/two 755 10001",
    "file top 644 10001",
  ]);
});

test("a deletion is a whiteout", async () => {
  expect(await entriesOf([deleted("a/gone"), file("top")], true)).toEqual([
    "directory a/ 755 10001",
    "character-device a/gone 644 10001",
    "file top 644 10001",
  ]);
  expect(await entriesOf([deleted("a/gone")], false)).toEqual([]);
});

test("a file that became a directory, and a directory that became a file, leave no whiteout in the way", async () => {
  const changes = [deleted("was-file"), file("was-file/inside"), deleted("was-dir/inside"), file("was-dir")];
  expect(await entriesOf(changes, true)).toEqual([
    "directory was-file/ 755 10001",
    "file was-file/inside 644 10001",
    "file was-dir 644 10001",
  ]);
});

test("long names and names beyond ASCII arrive whole", async () => {
  const path = `${"long/".repeat(40)}ünï\tcode`;
  expect((await entriesOf([file(path)], true)).at(-1)).toBe(`file ${path} 644 10001`);
});
