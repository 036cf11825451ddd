import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JourneymanError } from "../../../src/core/errors.ts";
import type { StoredEvent } from "../../../src/core/events.ts";
import { factLine, readFactLine } from "../../../src/journal/fact-line.ts";
import type { RunId } from "../../../src/core/ids.ts";
import { readFact, rowOf } from "../../../src/journal/facts.ts";
import type { EventsTable } from "../../../src/journal/schema.ts";
import { factsOf } from "../../support/old-journals.ts";

/*
 * A journal that was damaged, read as a file and as rows: what is wrong is named with its place, and nothing that was not written is ever
 * believed. The beginning of a true journal, and well over a thousand damages.
 */

/** Up to the first plan: facts of every size. */
const FACTS = factsOf("before-forks").slice(0, 48);
const RUN: RunId = FACTS[0]?.run ?? expect.fail("no facts");
const LINES = FACTS.map(factLine);
const ROWS = FACTS.map(rowOf);
const LAST = FACTS.length - 1;

/** What a reader makes of it: all facts, or the first place that it refuses. */
type Outcome = { readonly facts: readonly StoredEvent[] } | { readonly at: number; readonly reason: string };

/** As a file is read: bytes, text, lines. */
function readText(bytes: Buffer): Outcome {
  const lines = bytes.toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  const facts: StoredEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const read = readFactLine(line, index);
    if (!read.ok) return { at: index, reason: read.reason };
    facts.push(read.fact);
  }
  return { facts };
}

function readRows(rows: readonly EventsTable[]): Outcome {
  try {
    return { facts: rows.map((row, index) => readFact(RUN, index, row)) };
  } catch (error) {
    if (!(error instanceof JourneymanError) || error.code !== "journal_corrupt") throw error;
    return { at: Number(error.details["index"]), reason: String(error.details["reason"]) };
  }
}

const textOf = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(""));
const TEXT = textOf(LINES);
const LAST_LINE = Buffer.byteLength(LINES[LAST] ?? "");

const refusedAt = (at: number) => ({ at, reason: expect.stringMatching(/./) });

/** The line, counted from 0, that holds this byte; its end belongs to it. */
const lineAt = (place: number): number => TEXT.subarray(0, place).filter((byte) => byte === 10).length;

const without = (row: EventsTable, change: Partial<EventsTable>): EventsTable => ({ ...row, ...change });

describe("the file of a run", () => {
  test("whole, it gives the facts that were written", () => {
    expect(readText(TEXT)).toEqual({ facts: FACTS });
  });

  test("cut at any byte of the last record: that record is refused, or gone with its line", () => {
    const start = TEXT.length - LAST_LINE - 1;
    expect(readText(TEXT.subarray(0, start))).toEqual({ facts: FACTS.slice(0, -1) });
    for (let end = start + 1; end < TEXT.length - 1; end += 1)
      expect(readText(TEXT.subarray(0, end)), `cut at ${end}`).toEqual(refusedAt(LAST));
    expect(readText(TEXT.subarray(0, TEXT.length - 1))).toEqual({ facts: FACTS });
  });

  test("with any bit of any byte flipped: the record that holds it is refused", () => {
    const flips = fc.tuple(fc.nat(TEXT.length - 2), fc.nat(7));
    fc.assert(
      fc.property(flips, ([place, bit]) => {
        const damaged = Buffer.from(TEXT);
        damaged[place] = (damaged[place] ?? 0) ^ (1 << bit);
        expect(readText(damaged)).toEqual(refusedAt(lineAt(place)));
      }),
      { numRuns: 400 },
    );
  });

  test("with any record repeated, left out, or of a version yet unknown: its place is refused", () => {
    for (let at = 0; at <= LAST; at += 1) {
      expect(readText(textOf(LINES.toSpliced(at, 0, LINES[at] ?? "")))).toEqual(refusedAt(at + 1));
      if (at < LAST) expect(readText(textOf(LINES.toSpliced(at, 1)))).toEqual(refusedAt(at));
      const newer = JSON.stringify({ ...FACTS[at], version: 2 });
      expect(readText(textOf(LINES.with(at, newer)))).toEqual({
        at,
        reason: expect.stringContaining("newer version (2"),
      });
    }
  });

  test("of another run in the middle: refused", () => {
    const other = factLine({ ...(FACTS[9] ?? expect.fail("short")), index: 8 });
    expect(readText(textOf(LINES.with(9, other)))).toEqual(refusedAt(9));
  });
});

describe("the rows of a run", () => {
  test("whole, they give the facts that were written", () => {
    expect(readRows(ROWS)).toEqual({ facts: FACTS });
  });

  test("with the last body cut at any byte: it is refused", () => {
    const row = ROWS[LAST] ?? expect.fail("no rows");
    for (let end = 0; end < row.body.length; end += 1)
      expect(readRows(ROWS.with(LAST, without(row, { body: row.body.slice(0, end) })))).toEqual(refusedAt(LAST));
  });

  test("with any column of any row changed: that row is refused", () => {
    const columns = ["at", "type", "body", "run"] as const;
    const damages = fc.tuple(fc.nat(LAST), fc.constantFrom(...columns), fc.nat(), fc.nat(6));
    fc.assert(
      fc.property(damages, ([at, column, place, bit]) => {
        const row = ROWS[at] ?? expect.fail("no rows");
        const bytes = Buffer.from(row[column]);
        bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ (1 << bit);
        expect(readRows(ROWS.with(at, without(row, { [column]: bytes.toString("utf8") })))).toEqual(refusedAt(at));
      }),
      { numRuns: 400 },
    );
  });

  test("with any number of any row changed, any row repeated or left out: its place is refused", () => {
    for (const [at, row] of ROWS.entries()) {
      for (const change of [
        { epoch: row.epoch + 1 },
        { sum: row.sum ^ 1 },
        { idx: at + 1 },
        { version: 2 },
        { version: 0 },
      ])
        expect(readRows(ROWS.with(at, without(row, change))), JSON.stringify(change)).toEqual(refusedAt(at));
      expect(readRows(ROWS.toSpliced(at, 0, row))).toEqual(refusedAt(at + 1));
      if (at < LAST) expect(readRows(ROWS.toSpliced(at, 1))).toEqual(refusedAt(at));
    }
  });
});
