import { admit } from "../core/admit.ts";
import type { Command } from "../core/commands.ts";
import { JourneymanError } from "../core/errors.ts";
import { fold } from "../core/evolve.ts";
import type { RunId } from "../core/ids.ts";
import { next } from "../core/next.ts";
import type { RunState } from "../core/state.ts";
import type { Actor, Subject } from "../core/subject.ts";
import { LOCAL_PERSON } from "../local/forge.ts";
import { drive } from "../run/runner.ts";
import type { World } from "../run/world.ts";
import { refusalReply } from "../views/reply.ts";
import { commandFor, type Decision, type Proposal, proposalOf } from "./decision.ts";
import { type RunPorts, worldOf } from "./ports.ts";
import { type End, resultOf, type RunResult } from "./result.ts";
import { type Listener, toldJournal } from "./told.ts";

/*
 * One issue from the request to its outcome, without server, queue or webhook. Owns: who is asked, and when. All else is the same core as
 * behind GitHub: what a person says is a delivery that the journal takes in, `decide` judges it, `drive` does the work. Invariant: nothing
 * is remembered here; a run that was let go, or whose process died, goes on from its journal.
 */

export interface RunRequest {
  readonly ports: RunPorts;
  readonly subject: Subject;
  /** Asked for every plan. Null leaves it undecided. */
  readonly decidePlan: (proposal: Proposal) => Decision | null | Promise<Decision | null>;
  /** Asked when the model has questions. Null, or nobody to ask, leaves them open. */
  readonly answer?: (questions: readonly string[]) => string | null | Promise<string | null>;
  /** Who decides; the forge is asked for this actor's permission. Without it the person at this machine. */
  readonly by?: Actor;
  /** What to heed besides the issue. */
  readonly guidance?: string;
  readonly onFact?: Listener;
  /** Lets the run go, as a server does that is stopped; it can be gone on with. */
  readonly signal?: AbortSignal;
}

/** Live runs among which that of the issue is looked for. */
const SEARCHED = 10_000;

interface Talk extends RunRequest {
  readonly world: World;
  readonly signal: AbortSignal;
}

async function deliver(talk: Talk, command: Command): Promise<RunId> {
  const { world, subject, by = LOCAL_PERSON } = talk;
  const { title, isPullRequest } = await world.forge.issue(subject);
  const deliveryId = `embedded-${world.clock.newRunId()}`;
  const intent = { subject, title, isPullRequest, actor: by, command, comment: null };
  const arrival = { deliveryId, newRun: world.clock.newRunId() };
  const at = new Date(world.clock.now()).toISOString();
  const keys = { id: deliveryId, body: deliveryId };
  const receipt = await world.journal.receive(keys, subject, { at, admit: (known) => admit(intent, arrival, known) });
  if (receipt.kind !== "accepted") throw new JourneymanError("internal", { reason: `a delivery was ${receipt.kind}` });
  return receipt.run;
}

/** The live run of the issue, else a new one. */
async function found(talk: Talk): Promise<RunId> {
  const live = await talk.world.journal.runs({ live: true, limit: SEARCHED });
  const { host, repositoryId, issue } = talk.subject;
  const known = live.find(
    ({ subject }) => subject.host === host && subject.repositoryId === repositoryId && subject.issue === issue,
  );
  return known?.run ?? (await deliver(talk, { name: "plan", guidance: talk.guidance ?? "", source: "comment" }));
}

/** What somebody says to an open plan or question; null when nobody says anything. */
async function said(talk: Talk, state: RunState): Promise<Command | null> {
  const proposal = proposalOf(state);
  if (proposal !== null) {
    const decision = await talk.decidePlan(proposal);
    return decision === null ? null : commandFor(decision, proposal);
  }
  const text = (await talk.answer?.(state.question?.questions ?? [])) ?? null;
  return text === null ? null : { name: "answer", text };
}

/** The refusal of what was said last, if it was refused. */
const refusal = (state: RunState): string | null => {
  const last = state.answered.at(-1);
  return last?.refusal == null ? null : refusalReply(state, last);
};

interface Ended {
  readonly end: End;
  readonly reason?: string;
}

/** Null: look again at once. */
async function whenResting(talk: Talk, state: RunState): Promise<Ended | null> {
  const step = next(state);
  if (state.outcome !== null && step.kind === "done") return { end: state.outcome.outcome };
  if (step.kind === "parked" && step.until === null) return { end: "held_up" };
  if (step.kind !== "wait") return null;
  const open: End = step.for === "approval" ? "undecided" : "asked";
  const reason = refusal(state);
  if (reason !== null) return { end: open, reason };
  const command = await said(talk, state);
  if (command === null) return { end: open };
  await deliver(talk, command);
  return null;
}

/**
 * Turns an issue into a tested change, and writes nothing before `decidePlan` approves. A live run of this issue in the journal is gone on
 * with instead of beginning another. Throws what the ports throw before there is a run; later failures are its outcome.
 */
export async function run(request: RunRequest): Promise<RunResult> {
  const { ports, onFact, signal = new AbortController().signal } = request;
  const told = onFact === undefined ? ports : { ...ports, journal: toldJournal(ports.journal, onFact) };
  const world = worldOf(told);
  const talk: Talk = { ...request, world, signal };
  const id = await found(talk);
  for (;;) {
    const handled = await drive(world, id, signal);
    const state = fold(id, await world.journal.load(id));
    const ended = (await whenResting(talk, state)) ?? (signal.aborted ? { end: "let_go" as const } : null);
    if (ended !== null) return resultOf(world, state, ended);
    if (handled.kind === "again") await world.clock.sleep(handled.delayMs, signal);
  }
}
