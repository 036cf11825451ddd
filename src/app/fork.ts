import { writeFile } from "node:fs/promises";
import { printable } from "../core/text/invisible.ts";
import type { Journal } from "../ports/journal.ts";
import type { World } from "../run/world.ts";
import { beginFork, resumedFork, terminal } from "./fork-begin.ts";
import { driveFork } from "./fork-drive.ts";
import { checkFlags, type ForkFlags } from "./fork-options.ts";
import { forkEnding } from "./fork-ending.ts";
import { findRun } from "./inspect.ts";
import { withWorkshop } from "./workshop.ts";

/*
 * `journeyman fork`: a run is begun anew from one of its facts, driven here, and held beside the run that it came from. Nothing is founded
 * before everything that was given is known to be usable. Without `--publish` GitHub is only read, with tokens that cannot write.
 */

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function isReadOnly(journal: Journal, { resume, publish }: ForkFlags): Promise<boolean> {
  if (resume === undefined) return publish !== true;
  return (await findRun(journal, resume)).silent;
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilInterrupted(): AbortController {
  const stopping = new AbortController();
  const interrupt = (): void => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return stopping;
}

async function run(world: World, given: string | undefined, flags: ForkFlags): Promise<void> {
  const fork =
    given === undefined ? await resumedFork(world, flags.resume ?? "") : await beginFork(world, given, flags);
  say(`fork  ${fork}`);
  const state = await driveFork(world, fork, {
    signal: untilInterrupted().signal,
    by: terminal(),
    approve: flags.approve === true,
    answer: flags.answer ?? null,
    say: (lines) => say(printable(lines)),
  });
  const { text, comparison } = await forkEnding(world.journal, state);
  say(printable(`\n${text}`));
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(comparison, null, 2)}\n`);
}

/**
 * Forks a run, or goes on with a fork, and prints what came of it.
 * @throws option_invalid, run_unknown, fact_unknown, fork_refused, fork_files_invalid, price_unknown, journal_missing
 */
export async function forkRun(given: string | undefined, flags: ForkFlags): Promise<void> {
  checkFlags(given, flags);
  await withWorkshop(
    (journal) => isReadOnly(journal, flags),
    (world) => run(world, given, flags),
  );
}
