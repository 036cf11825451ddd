import { z } from "zod";
import { EVENT_VERSION, RunEvent } from "./events.ts";

/*
 * Facts of older versions, made into facts of this one before any schema sees them. A version is raised only when something written before
 * would now mean something else; what is merely new is an optional field, and needs no step here. A step is never changed after a release.
 */

/** A fact's own fields as they were stored. */
export type RawEvent = Readonly<Record<string, unknown>>;

/** Makes a fact of one version a fact of the next. Total and pure: it gives back what it does not concern. */
export type Upcaster = (event: RawEvent) => RawEvent;

/** The first makes version 1 into version 2, and so on: one fewer than there are versions. Nothing has changed its meaning so far. */
export const UPCASTERS: readonly Upcaster[] = [];

export type ReadEvent =
  | { readonly ok: true; readonly event: RunEvent }
  /** `reason` says what is wrong, in words for an operator. */
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): ReadEvent => ({ ok: false, reason });

/** Why a fact of this version cannot be read; null when it can. */
export function versionFault(version: number, known: number = EVENT_VERSION): string | null {
  if (version > known) return `written by a newer version (${version}; this program knows ${known})`;
  return Number.isInteger(version) && version >= 1 ? null : `there is no version ${version}`;
}

/** A fact from what was parsed of its JSON. */
export function readEvent(stored: unknown, version: number, steps: readonly Upcaster[] = UPCASTERS): ReadEvent {
  const fault = versionFault(version, steps.length + 1);
  if (fault !== null) return refused(fault);
  if (typeof stored !== "object" || stored === null) return refused("not an object");
  const event = steps.slice(version - 1).reduce<RawEvent>((before, step) => step(before), { ...stored });
  const read = RunEvent.safeParse(event);
  return read.success ? { ok: true, event: read.data } : refused(z.prettifyError(read.error));
}
