import type { RunEvent } from "../../../src/core/events.ts";

/** Why and when each fact is written, for docs/journal.md. A fact without a line here does not compile. */
export const MEANINGS: Readonly<Record<RunEvent["type"], string>> = {
  "run.requested": "The first fact of every run: the issue it is for. Written with the delivery that founded the run.",
  "command.received": "A person gave a command, by a comment or by the label. Nothing is decided yet.",
  "command.accepted": "The command was looked at and may be given. What it does follows as facts of its own.",
  "command.refused": "The command was looked at and may not be given. `reason` is a refusal of docs/commands.md.",
  "plan.approved": "A person approved this very plan. The work may begin.",
  "plan.revised": "A new plan is wanted. Plan, approval and open question are void; intake is done again.",
  "plan.rejected": "A person does not want the plan. `run.finished` follows.",
  "question.answered": "A person answered the open question. The conversation goes on with it.",
  "budget.changed": "A person set another ceiling for the run.",
  "run.forked":
    "The run begins with the facts of another one, up to and including its fact `at`; what those cost was paid there.",
  "run.superseded":
    "A person wants the run begun anew from a stage, or with another model: it goes on as `run`, with its facts `0` to `at`. Done once `effect.done` says so; then `run.finished` follows, unless it was over before.",
  "run.cancelled": "A person stopped the run. `run.finished` follows.",
  "run.resumed": "A parked run goes on: because its time came (`command` is null) or because of `/retry`.",
  "intake.finished":
    "What the run works from, frozen: the issue, the base commit, settings and instructions at that commit.",
  "settings.refused": "The settings file at the base commit has faults. `run.finished` follows.",
  "issue.routed":
    "The router said what kind of work the issue is and how hard. Explorers, executor and effort follow from it.",
  "exploration.finished":
    "What was found out before planning: the files and symbols that matter and why, conventions, how to set up and test.",
  "stage.started": "A worker began a stage, or began it again. `round` counts the fixes.",
  "stage.failed":
    "The stage failed in a way that is tried again at once. After five beginnings without progress the run is parked.",
  "stage.abandoned":
    "The stage came to no end for the reason `code`, and the run goes on without it: a review, or a fix of a change that had passed.",
  "workspace.opened": "A sandbox with the repository is ready. `files` is the number of changed files it started from.",
  "setup.finished":
    "The setup command ran. `layer` names the kept dependencies, null when it failed; `blocked` is what the registry proxy refused.",
  "conversation.started":
    "A conversation with a model began: all that its first request holds, and why this model. `parent` is the call that it answers, `continues` the conversation that it goes on with in a fresh context, `summarises` the one that it sums up.",
  "message.added": "A text from the program to the model: a reminder, a warning, what was lost in an interruption.",
  "model.requested": "Written before a request is sent. Reserves the worst case of its cost.",
  "model.responded": "The answer, whole, with what it cost. Settles the reservation.",
  "model.failed":
    "The request gave no answer. Settles the reservation with what was billed, or all of it if nobody knows.",
  "model.switched":
    "The model did not answer, and the operator named another that stands in for it in this conversation.",
  "context.cleared": "Old results of tools were taken out of the conversation, because it had grown long.",
  "context.compacted":
    "The middle of the conversation was put into a summary; the task and the newest answers stay as they are.",
  "instructions.loaded":
    "An instruction file deeper in the repository, given to the model when it first touched a file beneath.",
  "tool.called": "Written before a tool runs. A call that is answered without running has `tool.returned` only.",
  "tool.returned": "The result of a tool call, as the model gets it.",
  "todo.updated": "The executor's list changed.",
  "checkpoint.saved":
    "The changed files after a turn. Their bytes are in the artifact store; a new sandbox starts from here.",
  "plan.proposed": "The plan, and the digest that an approval names.",
  "question.asked": "The model asked people. The run waits.",
  "work.submitted": "The executor says that it is done. Verification follows.",
  "stage.finished": "The stage came to its end.",
  "tests.finished": "One run of the test command: on the base commit (`baseline`) or on a submission (`attempt`).",
  "reproduction.finished": "The change's own tests, run on the base commit: a test for a bug must fail there.",
  "change.reviewed": "What a fresh reviewer found in the tested change.",
  "change.checked": "What policy says of the very bytes that would be committed.",
  "effect.intended": "Written before something is done on GitHub.",
  "effect.done": "It is done. `remoteId` is GitHub's id for it; empty where there is none or where it was given up.",
  "pull_request.opened": "The pull request.",
  "limit.warned": "70 % of the run's budget are spent.",
  "run.parked": "The run waits for something outside: until `resumeAt`, or for a person when that is null.",
  "run.finished": "The end. `code` is an error of docs/errors.md when there is one.",
};

/** Which facts belong together, in the order in which they are shown. */
export const GROUPS: Readonly<Record<string, readonly RunEvent["type"][]>> = {
  "People and their commands": [
    "run.requested",
    "command.received",
    "command.accepted",
    "command.refused",
    "plan.approved",
    "plan.revised",
    "plan.rejected",
    "question.answered",
    "budget.changed",
    "run.cancelled",
    "run.forked",
    "run.superseded",
    "run.resumed",
  ],
  "Intake and plan": [
    "intake.finished",
    "settings.refused",
    "issue.routed",
    "exploration.finished",
    "plan.proposed",
    "question.asked",
  ],
  "Stages and workspaces": [
    "stage.started",
    "stage.finished",
    "stage.failed",
    "stage.abandoned",
    "workspace.opened",
    "setup.finished",
    "checkpoint.saved",
  ],
  "Model and tools": [
    "conversation.started",
    "message.added",
    "model.requested",
    "model.responded",
    "model.failed",
    "model.switched",
    "context.cleared",
    "context.compacted",
    "instructions.loaded",
    "tool.called",
    "tool.returned",
    "todo.updated",
    "work.submitted",
  ],
  "Evidence and publication": [
    "tests.finished",
    "reproduction.finished",
    "change.reviewed",
    "change.checked",
    "effect.intended",
    "effect.done",
    "pull_request.opened",
  ],
  "Bounds and ends": ["limit.warned", "run.parked", "run.finished"],
};
