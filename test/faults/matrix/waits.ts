import type { EventOf, RunEvent } from "../../../src/core/events.ts";
import { eventually } from "../../support/instance.ts";
import * as story from "../../support/story.ts";
import type { Bench } from "./bench.ts";

/* What a cell waits for. Many cells share few processors, and some wait for an outage to be over. */

/** Milliseconds. */
export const PATIENCE_MS = 150_000;

/** As `eventually`, with the patience of these suites. */
export const until = <T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> =>
  eventually(what, look, PATIENCE_MS);

/** The App's comment that fits. */
export const posted = (bench: Bench, scene: story.Scene, pattern: RegExp): Promise<string> =>
  until(`a comment that fits ${pattern}`, () => story.ours(bench, scene).findLast((body) => pattern.test(body)));

/** A fact of this type in the run of the issue. */
export const factOf = <T extends RunEvent["type"]>(
  bench: Bench,
  scene: story.Scene,
  type: T,
  fits: (event: EventOf<T>) => boolean = () => true,
) =>
  eventually(
    `a fact ${type}`,
    async () =>
      (await story.factsOfIssue(bench, scene)).find(({ event }) => event.type === type && fits(event as EventOf<T>)),
    PATIENCE_MS,
  );
