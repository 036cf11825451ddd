import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Sha } from "../../../src/core/ids.ts";
import { placeOf } from "../../../src/git/place.ts";
import { discard, renewEarly, takeOld } from "../../../src/git/shelf.ts";

const HOUR_MS = 3_600_000;
const root = mkdtempSync(join(tmpdir(), "shelf-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sha = (digit: number): Sha => Sha.parse(String(digit).repeat(40));
const emptyShelf = () => {
  const dataDir = mkdtempSync(join(root, "data-"));
  return placeOf(dataDir, { host: "h", installationId: 1, repositoryId: 1, owner: "o", name: "r", issue: 1 }, sha(0));
};
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

/** A tree that was written and last opened so many hours ago. */
function put(shelf: string, name: string, hours: { readonly written: number; readonly opened: number }): string {
  const directory = join(shelf, name);
  mkdirSync(join(directory, "files"), { recursive: true });
  writeFileSync(join(directory, "listing"), "");
  utimesSync(join(directory, "listing"), ago(hours.written), ago(hours.written));
  utimesSync(directory, ago(hours.opened), ago(hours.opened));
  return directory;
}

const prune = async (place: ReturnType<typeof emptyShelf>, keep: number) => {
  await discard(await takeOld(place, keep));
  return readdirSync(place.shelf).sort();
};

test("the newest trees stay however long nobody opened them, older ones go", async () => {
  const place = emptyShelf();
  for (const n of [1, 2, 3, 4]) put(place.shelf, sha(n), { written: 100 * n, opened: 100 });
  expect(await prune(place, 2)).toEqual([sha(1), sha(2)]);
});

test("an old tree stays while a run that opened it may still work", async () => {
  const place = emptyShelf();
  put(place.shelf, sha(1), { written: 1, opened: 1 });
  put(place.shelf, sha(2), { written: 100, opened: 13 });
  put(place.shelf, sha(3), { written: 100, opened: 15 });
  expect(await prune(place, 1)).toEqual([sha(1), sha(2)]);
});

test("what a killed process left half written goes, the spare and strange files stay", async () => {
  const place = emptyShelf();
  put(place.shelf, sha(1), { written: 1, opened: 1 });
  put(place.shelf, `${sha(2)}.6fa459ea-ee8a-4ca4-894e-db77e160355e`, { written: 0, opened: 0 });
  put(place.shelf, "spare.16fd2706-8baf-433b-82eb-8c7fada847da", { written: 0, opened: 0 });
  put(place.shelf, "spare", { written: 200, opened: 200 });
  writeFileSync(join(place.shelf, "README"), "");
  expect(await prune(place, 1)).toEqual([sha(1), "README", "spare"]);
});

test("an opening is noted without the lock only when pruning is far off", async () => {
  const { shelf } = emptyShelf();
  const young = put(shelf, sha(1), { written: 50, opened: 2 });
  expect(await renewEarly(young)).toBe(true);
  const old = put(shelf, sha(2), { written: 50, opened: 13 });
  expect(await renewEarly(old)).toBe(false);
  expect(await renewEarly(join(dirname(old), sha(3)))).toBe(false);
});

test("an opening keeps the tree from being pruned", async () => {
  const place = emptyShelf();
  const tree = put(place.shelf, sha(2), { written: 100, opened: 6 });
  expect(await renewEarly(tree)).toBe(true);
  put(place.shelf, sha(1), { written: 1, opened: 100 });
  expect(await prune(place, 0)).toEqual([sha(2)]);
});

test("a shelf that is not there has nothing to take", async () => {
  expect(await takeOld(emptyShelf(), 5)).toEqual([]);
});
