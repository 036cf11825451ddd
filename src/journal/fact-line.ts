import { crc32 } from "node:zlib";
import { z } from "zod";
import { EVENT_VERSION, StoredEvent } from "../core/events.ts";
import { readEvent } from "../core/upcast.ts";

/*
 * A fact as a line of a text file: its JSON, and at the end a checksum over all that stands before it. Lines of older releases have none
 * and are read as they are; lines without a version are of the first. A line that is not whole is never read as another one.
 */

const SUM = /,"sum":(\d{1,10})\}$/;

const Line = z.strictObject({
  ...StoredEvent.shape,
  event: z.unknown(),
  version: z.int().default(1),
  sum: z.int().optional(),
});

export type ReadLine =
  | { readonly ok: true; readonly fact: StoredEvent }
  | { readonly ok: false; readonly reason: string };

/** One line without its end. Equal facts give equal lines. */
export function factLine(fact: StoredEvent): string {
  const body = JSON.stringify(EVENT_VERSION === 1 ? fact : { version: EVENT_VERSION, ...fact });
  return `${body.slice(0, -1)},"sum":${crc32(body)}}`;
}

/** What is wrong with the line as a line, whatever its fact says; null when it is whole. */
function lineFault(line: string): string | null {
  const sum = SUM.exec(line);
  if (sum === null) return null;
  return crc32(`${line.slice(0, sum.index)}}`) === Number(sum[1]) ? null : "the checksum does not match";
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whether the line is whole and stands at the place that it names: enough for a writer that goes on after it. */
export function isWholeLine(line: string, index: number): boolean {
  const value = parsed(line);
  const isHere = typeof value === "object" && value !== null && "index" in value && value.index === index;
  return isHere && lineFault(line) === null;
}

/** The fact of a line that should be number `index`, counted from 0. */
export function readFactLine(line: string, index: number): ReadLine {
  const value = parsed(line);
  if (value === undefined) return { ok: false, reason: "not JSON" };
  const fault = lineFault(line);
  if (fault !== null) return { ok: false, reason: fault };
  const read = Line.safeParse(value);
  if (!read.success) return { ok: false, reason: z.prettifyError(read.error) };
  const { run, epoch, at, version } = read.data;
  if (read.data.index !== index)
    return { ok: false, reason: `fact ${read.data.index} stands where fact ${index} should be` };
  const event = readEvent(read.data.event, version);
  return event.ok ? { ok: true, fact: { run, index, epoch, at, event: event.event } } : event;
}
