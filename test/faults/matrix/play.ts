import type { Files } from "../../support/github/repositories.ts";
import { containersOf } from "../../support/leftovers.ts";
import type { Script } from "../../support/scripted-model/script.ts";
import * as story from "../../support/story.ts";
import { type Bench, openBench } from "./bench.ts";
import type { Cell } from "./cells.ts";
import { FILES, script } from "./story.ts";
import { assertSound } from "./verdict.ts";
import { factOf, PATIENCE_MS, posted, until } from "./waits.ts";

/* A cell from its beginning to its end: a run, something that breaks in it, a person who approves and retries, and what must then be true. */

export interface Play {
  readonly cell: Cell;
  readonly bench: Bench;
  readonly scene: story.Scene;
  /** What the strike learnt, for the verdict. */
  readonly seen: { kills: number; cuts: number; waited: boolean; parked: boolean };
}

export interface Arrangement {
  readonly files?: Files;
  readonly script?: Script;
  readonly failpoint?: string | undefined;
  readonly dataDir?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Before the issue is labelled. */
  readonly before?: (play: Play) => Promise<void>;
  /** Breaks something at its moment, looks at what comes of it, mends it. */
  readonly strike: (play: Play) => Promise<void>;
  /** Instead of a person who approves as soon as there is a plan. */
  readonly approves?: (play: Play) => Promise<void>;
}

export async function approve({ bench, scene }: Play): Promise<void> {
  const plan = await posted(bench, scene, /## Plan 1:/);
  story.comment(bench, scene, `/approve ${story.digestIn(plan)}`);
}

/** Until the run's own containers are gone, all of them. */
export const freed = ({ bench }: Play): Promise<boolean> =>
  until("no sandbox of the run", async () => (await containersOf(bench)).length === 0);

/** Waits until the run says that it is parked, with the cause in a comment and the sandbox given back. */
export async function untilParked(play: Play, cause: RegExp): Promise<void> {
  const { bench, scene } = play;
  await factOf(bench, scene, "run.parked");
  const notice = await posted(bench, scene, /Held up/);
  if (!cause.test(notice)) throw new TypeError(`the notice does not name the cause ${cause}: ${notice}`);
  if (!notice.includes("/retry")) throw new TypeError(`the notice does not say how it goes on: ${notice}`);
  await freed(play);
  play.seen.parked = true;
}

export const retry = ({ bench, scene }: Play): number => story.comment(bench, scene, "/retry");

/** What the run does not do while it waits: hold a sandbox, and be driven. */
export async function untilWaiting(play: Play): Promise<void> {
  const { bench, scene } = play;
  await until("the run to wait", async () => {
    const parked = (await story.factsOfIssue(bench, scene)).some(
      ({ event }) => event.type === "run.parked" && event.resumeAt !== null,
    );
    return parked || bench.server.log.some((line) => line.includes('"wake.failed"'));
  });
  await freed(play);
  play.seen.waited = true;
}

async function perform(play: Play, { strike, before, approves = approve }: Arrangement): Promise<void> {
  const { bench, scene, cell } = play;
  await before?.(play);
  const over = new AbortController();
  const struck = strike(play);
  bench.github.label(scene.issue, "maintainer", "journeyman");
  // A strike that fails is the reason, not what the person then waits for in vain.
  const approved = approves(play);
  approved.catch(() => {});
  await struck;
  await approved;
  over.abort();
  await story.untilOver(bench, scene, PATIENCE_MS).catch(async (thrown: unknown) => {
    const facts = (await story.factsOfIssue(bench, scene)).map(({ event }) => event.type);
    throw new TypeError(`${cell.name}: ${String(thrown)}; last facts: ${facts.slice(-8).join(", ")}`, {
      cause: bench.server.log.slice(-6),
    });
  });
}

/** Plays the cell and checks what must be true after every fault. */
export async function play(cell: Cell, arrangement: Arrangement): Promise<void> {
  const bench = await openBench({
    script: arrangement.script ?? script(),
    ...(arrangement.failpoint && { failpoint: arrangement.failpoint }),
    ...(arrangement.dataDir !== undefined && { dataDir: arrangement.dataDir }),
    ...(arrangement.environment !== undefined && { environment: arrangement.environment }),
  });
  try {
    const scene = await story.openScene(bench, arrangement.files ?? FILES);
    const played: Play = { cell, bench, scene, seen: { kills: 0, cuts: 0, waited: false, parked: false } };
    await perform(played, arrangement);
    await assertSound(played);
  } finally {
    await bench.stop();
  }
}

/** While the server is frozen at its failpoint. */
export async function whileFrozen(play: Play, work: () => Promise<unknown>): Promise<void> {
  await play.bench.untilFrozen();
  try {
    await work();
  } finally {
    play.bench.thaw();
  }
}
