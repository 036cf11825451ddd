import { userInfo } from "node:os";
import { JourneymanError } from "../core/errors.ts";
import { fold } from "../core/evolve.ts";
import { isTerminalUser, terminalUser } from "../core/fork.ts";
import type { RunId } from "../core/ids.ts";
import type { RunState } from "../core/state.ts";
import { foundFork, type Wanted } from "../run/fork.ts";
import type { World } from "../run/world.ts";
import { factAt } from "./fact-range.ts";
import { changedBy, type ForkFlags } from "./fork-options.ts";
import { findRun } from "./inspect.ts";

/* Which fork is wanted, and whether it may be: known before anything is founded. */

/** Who sits at this terminal. */
export const terminal = () => terminalUser(userInfo().username);

const refused = (run: RunId, reason: string): JourneymanError => new JourneymanError("fork_refused", { run, reason });

/** What cannot be forked, or not so. `state` is the fold of the facts that would be taken over. */
function assertForkable({ run, isPullRequest, approval }: RunState, publish: boolean): void {
  if (isPullRequest) throw refused(run, "it is about a pull request, and runs work on issues");
  if (publish && approval !== null && isTerminalUser(approval.by))
    throw refused(
      run,
      "its plan was approved at a terminal, and what is published needs an approval on GitHub; fork it before that fact",
    );
}

/** The fork that the options want, from the facts of the run that they name. */
async function wantedFork(world: World, given: string, flags: ForkFlags): Promise<Wanted> {
  const { run: origin } = await findRun(world.journal, given);
  const facts = await world.journal.load(origin);
  const at = factAt(flags.at ?? "", origin, facts.length);
  const publish = flags.publish === true;
  const state = fold(origin, facts.slice(0, at + 1));
  assertForkable(state, publish);
  const changed = changedBy(flags, (model) => world.model.price(model));
  const { budgetMicroUsd } = state;
  const own = { by: terminal(), from: null, budgetMicroUsd, run: world.clock.newRunId(), takesOver: false };
  return { origin, at, publish, ...changed, ...own, prompts: definite(changed.prompts) };
}

const definite = (texts: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).flatMap(([role, text]) => (text === undefined ? [] : [[role, text]])));

/** Founds the fork that the options want. @throws run_unknown, fact_unknown, fork_refused, fork_files_invalid, price_unknown */
export async function beginFork(world: World, given: string, flags: ForkFlags): Promise<RunId> {
  const wanted = await wantedFork(world, given, flags);
  const forked = await foundFork(world, wanted);
  if (forked.kind === "live")
    throw refused(wanted.origin, `run ${forked.run} is at work on the issue; stop it first, by /stop on the issue`);
  if (forked.kind === "missing") throw refused(wanted.origin, "its facts are gone");
  return wanted.run;
}

/** The fork of this id. @throws run_unknown, fork_refused */
export async function resumedFork({ journal }: Pick<World, "journal">, given: string): Promise<RunId> {
  const { run, origin } = await findRun(journal, given);
  if (origin === null) throw refused(run, "it is no fork, so --resume has nothing to go on with; workers drive it");
  return run;
}
