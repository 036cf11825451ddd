import { refusalSentence } from "../core/refusals.ts";
import type { AnsweredCommand, RunState } from "../core/state.ts";
import { code, safe } from "./frame.ts";

/** The answer to a command that was refused: the cause and what to type next. */
export function refusalReply(state: RunState, answered: AnsweredCommand): string {
  const { refusal, actor } = answered;
  if (refusal === null) return "";
  const details = { actor: actor.login, ...refusal.details };
  return safe(state, refusalSentence(refusal.reason, details)).replaceAll(`@${actor.login}`, code(actor.login));
}

const COMMANDS: readonly (readonly [string, string, string])[] = [
  ["/plan [guidance]", "write", "start a run, or ask for a new plan"],
  ["/approve [digest] [budget=$N] [model=…]", "write", "start the work of exactly that plan"],
  ["/revise <feedback>", "write", "ask for a new plan with this feedback"],
  ["/reject [reason]", "write", "close the run"],
  ["/answer <text>", "write, or the issue's author", "answer an open question"],
  [
    "/retry [from=<stage>] [model=…]",
    "write",
    "go on with a run that is held up, failed or was stopped; from an earlier stage, or with another model",
  ],
  ["/budget $N", "write; above `budget.run_usd` admin", "raise or lower the budget of this run"],
  ["/stop", "write, or who started it", "stop, in any state"],
  ["/status", "read", "where the run is"],
  ["/help", "read", "this list"],
];

/** The answer to a `/retry` that came when the issue had another run already. */
export const issueTaken = (): string =>
  "Another run has begun on this issue meanwhile, so this one was not gone on with. Comment `/stop` to stop that one, then `/retry` again.";

/** The commands and who may give them. */
export const helpReply = (): string =>
  [
    "Commands go on the first line of a comment of their own:",
    "",
    "| command | who | effect |",
    "| --- | --- | --- |",
    ...COMMANDS.map(([command, who, effect]) => `| ${code(command)} | ${who} | ${effect} |`),
  ].join("\n");
