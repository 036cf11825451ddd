import type { Conversation } from "../core/conversation/conversation.ts";
import { usd } from "../core/money/money.ts";
import { ceilingOf } from "../core/money/ceiling.ts";
import { next, type Step } from "../core/next.ts";
import { shortDigest } from "../core/plan.ts";
import type { RunState } from "../core/state.ts";
import { counted, duration } from "./frame.ts";

/*
 * What is known of a run after one of its facts, as plain text for a terminal. Whoever prints it takes out what a terminal would obey: much
 * of it was written by others.
 */

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

const row = (name: string, value: string): string => `${name.padEnd(10)} ${oneLine(value)}`;

const rows = (name: string, values: readonly string[]): readonly string[] =>
  values.map((value, at) => row(at === 0 ? name : "", value));

/** What the workflow does next. */
function stepLine(step: Step): string {
  switch (step.kind) {
    case "consider":
      return `considers /${step.command.command.name} by ${step.command.actor.login} (fact ${step.command.index})`;
    case "stage":
      return `stage ${step.stage}, round ${step.round}`;
    case "supersede":
      return `goes on as run ${step.superseded.run}`;
    case "wait":
      return `waits for ${step.for === "approval" ? "an approval" : "an answer"}`;
    case "parked":
      return `held up until ${step.until ?? "somebody acts"}`;
    case "close":
      return "closes: nothing was accepted";
    case "give_up":
      return "gives up: no fixes are left";
    case "done":
      return "nothing: the run is over";
  }
}

function planLine({ plan, approval }: RunState): string {
  if (plan === null) return "none";
  const by = approval === null ? "not approved" : `approved by ${approval.by.login}`;
  return `revision ${plan.revision}, ${shortDigest(plan.digest)}, ${by}: ${plan.plan.title}`;
}

function conversationLine({ id, role, model, turn, pending, tooLong }: Conversation): string {
  const calls =
    pending.length === 0 ? "" : `, open calls: ${pending.map(({ id, name }) => `${name} ${id}`).join(", ")}`;
  return `${id.padEnd(14)} ${role.padEnd(10)} ${model}, ${counted(turn, "turn")}${calls}${tooLong ? ", too long" : ""}`;
}

const requests = ({ openCalls }: RunState): readonly string[] =>
  Object.values(openCalls).map(
    ({ conversation, turn, reservedMicroUsd }) =>
      `${conversation} turn ${turn} is not answered, up to ${usd(reservedMicroUsd)} set aside`,
  );

function checkpointLines({ checkpoint }: RunState): readonly string[] {
  if (checkpoint === null) return ["none: the workspace is the base commit"];
  const { conversation, turn, changes } = checkpoint;
  const files = changes.map((change) =>
    change.status === "deleted" ? `deleted ${change.path}` : `${change.status} ${change.path} ${change.artifact}`,
  );
  return [`${conversation} turn ${turn}: ${counted(changes.length, "changed file")}`, ...files];
}

const testsLine = ({ submissions, attempts, failures, green }: RunState): string =>
  `${counted(submissions.length, "submission")}, ${attempts.length} tested, ${failures} failed${green === null ? "" : `; attempt ${green.attempt} passed`}`;

const effects = ({ effects: known, texts }: RunState): readonly string[] =>
  Object.entries(known).map(([key, done]) => {
    const text = texts[key] === undefined ? "" : `, text ${texts[key]}`;
    return `${key}: ${done === null ? "intended, not done" : `done ${done.url}`}${text}`;
  });

function questionLine({ question }: RunState): string {
  if (question === null) return "none";
  return `${question.answer === null ? "open" : "answered"}: ${question.questions.join(" ")}`;
}

const forkLine = ({ fork }: RunState): readonly string[] =>
  fork === null
    ? []
    : [`of ${fork.origin} at fact ${fork.at}, ${fork.publish ? "publishes" : "shows nothing to GitHub"}`];

/** The state that the facts so far come to. */
export function stateReport(state: RunState): string {
  const { stage, round, costMicroUsd, commands, workMs, intake } = state;
  return [
    row("next", stepLine(next(state))),
    row("stage", stage === null ? "none was begun" : `${stage}, round ${round}, ${duration(state.stageMs)} of work`),
    ...rows("fork", forkLine(state)),
    row("base", intake === null ? "not read" : `${intake.baseBranch} ${intake.baseSha}`),
    row("plan", planLine(state)),
    row("question", questionLine(state)),
    ...rows(
      "commands",
      commands.map(({ command, actor, index }) => `/${command.name} by ${actor.login}, fact ${index}`),
    ),
    row("tests", testsLine(state)),
    ...rows("checkpoint", checkpointLines(state)),
    row("money", `${usd(costMicroUsd)} of ${usd(ceilingOf(state))}, ${duration(workMs)} of work`),
    ...rows("requests", requests(state)),
    ...rows("talks", Object.values(state.conversations).map(conversationLine)),
    ...rows("effects", effects(state)),
  ].join("\n");
}
