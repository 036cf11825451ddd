import { expect, test } from "vitest";
import { Sha } from "../../../src/core/ids.ts";
import { packListing, parseListing, unpackListing } from "../../../src/git/listing.ts";

const sha = Sha.parse("1".repeat(40));
const blob = "a".repeat(40);
const listing = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\0`).join(""));
const parse = (...lines: readonly string[]) => parseListing(sha, listing(...lines));

test("files, executables and links are kept, submodules are not", () => {
  const files = parse(
    `100644 blob ${blob}\ta b\tc`,
    `100755 blob ${blob}\trun`,
    `120000 blob ${blob}\tlink`,
    `160000 commit ${blob}\tmodule`,
    `100664 blob ${blob}\told`,
  );
  expect([...files.values()].map(({ path, mode }) => [path, mode])).toEqual([
    ["a b\tc", "100644"],
    ["run", "100755"],
    ["link", "120000"],
    ["old", "100644"],
  ]);
});

test("no file is no fault", () => expect(parse().size).toBe(0));

test.each([
  ["a parent", [`100644 blob ${blob}\t../x`]],
  ["git's folder", [`100644 blob ${blob}\ta/.GiT/x`]],
  ["a path under a link", [`120000 blob ${blob}\ta`, `100644 blob ${blob}\ta/b`]],
  ["a path under a link that comes later", [`100644 blob ${blob}\ta/b/c`, `120000 blob ${blob}\ta`]],
  ["a name twice", [`100644 blob ${blob}\ta`, `120000 blob ${blob}\ta`]],
  ["an unknown mode", [`100600 blob ${blob}\ta`]],
  ["half a line", [`100644 blob ${blob.slice(1)}\ta`]],
])("S75: %s makes the listing unusable", (_, lines) => {
  expect(() => parse(...lines)).toThrowError(expect.objectContaining({ code: "base_unusable" }));
});

test("a name that is not UTF-8 is refused, not guessed", () => {
  const bytes = Buffer.concat([Buffer.from(`100644 blob ${blob}\tcaf`), Buffer.from([0xe9, 0])]);
  expect(() => parseListing(sha, bytes)).toThrowError(expect.objectContaining({ code: "base_unusable" }));
});

test("what is packed is unpacked", () => {
  const bytes = listing(`100644 blob ${blob}\tx`);
  expect(unpackListing(packListing(sha, bytes))).toEqual({ treeSha: sha, listing: bytes });
});
