import { expect, test } from "vitest";
import type { Digest } from "../../../src/core/ids.ts";
import { findReferences, REFERRING } from "../../../src/core/references.ts";

const digest = (letter: string): string => letter.repeat(64);

function named(type: string, body: unknown): string[] {
  const found = new Set<Digest>();
  findReferences(type, body, found);
  return [...found].toSorted();
}

test("the facts that can name artifacts are these: one more must be meant", () => {
  expect(REFERRING.toSorted()).toEqual(["change.checked", "checkpoint.saved", "effect.intended"]);
});

test("changed files and shown texts name artifacts, deleted files and what is refused do not", () => {
  const changes = [
    { status: "added", path: "a", artifact: digest("a") },
    { status: "deleted", path: digest("d") },
    { status: "modified", path: "b", artifact: digest("b"), blob: "0".repeat(40) },
  ];
  for (const type of ["checkpoint.saved", "change.checked"])
    expect(named(type, { type, changes, refused: [{ path: digest("e") }] })).toEqual([digest("a"), digest("b")]);
  expect(named("effect.intended", { key: "plan.1", kind: "comment", digest: digest("c") })).toEqual([digest("c")]);
});

test("digests of plans, issues, settings and requests are no artifacts", () => {
  expect(named("plan.approved", { digest: digest("a") })).toEqual([]);
  expect(named("intake.finished", { issueDigest: digest("a"), settingsDigest: digest("b") })).toEqual([]);
});

test("an intent of an older release, which names no text, and an unknown fact name nothing", () => {
  expect(named("effect.intended", { key: "plan.1", kind: "comment" })).toEqual([]);
  expect(named("from.the.future", { artifact: digest("a") })).toEqual([]);
});
