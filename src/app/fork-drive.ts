import { fold } from "../core/evolve.ts";
import type { RunId } from "../core/ids.ts";
import { next } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import type { Actor } from "../core/subject.ts";
import { decideSilent, silentCommand, type Willing } from "../run/decide-silent.ts";
import { drive } from "../run/runner.ts";
import type { World } from "../run/world.ts";
import { follow } from "./fork-follow.ts";

/*
 * A fork from where it stands to its end or rest, in this process. What it does is shown as it is written down, also when a worker has
 * taken it over meanwhile.
 */

export interface Told extends Willing {
  readonly signal: AbortSignal;
  readonly by: Actor;
  readonly say: (line: string) => void;
}

/** Drives until it is over, waits for somebody, or is told to stop. Gives the state that it was left in. */
export async function driveFork(world: World, run: RunId, told: Told): Promise<RunState> {
  const end = follow(world, run, { shown: await world.journal.head(run), say: told.say });
  let open = told;
  try {
    for (;;) {
      const handled = await drive(world, run, told.signal);
      const state = fold(run, await world.journal.load(run));
      const step = next(state);
      if (told.signal.aborted || step.kind === "done") return state;
      if (step.kind === "parked" && step.until === null) return state;
      if (step.kind === "wait") {
        const command = silentCommand(state, step.for, open);
        if (command === null) return state;
        // An answer is for one question.
        if (command.name === "answer") open = { ...open, answer: null };
        await decideSilent(world, run, { command, by: told.by });
      } else if (handled.kind === "again") await world.clock.sleep(handled.delayMs, told.signal);
    }
  } finally {
    await end();
  }
}
