import type { RunEvent, StoredEvent } from "../core/events.ts";
import { usd } from "../core/money/money.ts";
import { shortDigest } from "../core/plan.ts";
import type { RunState } from "../core/state.ts";
import { counted, duration } from "./frame.ts";
import { headline } from "./status-comment.ts";

/*
 * A run as lines of plain text for a terminal. Control characters of what was written by others are removed, so that a
 * test's output or an issue's title cannot move the cursor of whoever reads it.
 */

const LINE_CHARS = 110;

/** One line of at most `LINE_CHARS` printable characters. */
function line(text: string): string {
  const printable = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return printable.length > LINE_CHARS ? `${printable.slice(0, LINE_CHARS - 1)}…` : printable;
}

function answer(event: Extract<RunEvent, { type: "model.responded" }>): string {
  const said = event.message.content.map((block) => {
    if (block.type === "tool_call") return `→ ${block.name} ${JSON.stringify(block.input)}`;
    return block.text;
  });
  const tokens = `${event.usage.input + event.usage.cacheRead + event.usage.cacheWrite} in (${event.usage.cacheRead} cached), ${event.usage.output} out`;
  return `${event.conversation} turn ${event.turn}: ${tokens}, ${usd(event.costMicroUsd)}  ${said.join("  ")}`;
}

function tests(event: Extract<RunEvent, { type: "tests.finished" }>): string {
  const name = event.phase === "baseline" ? "baseline" : `attempt ${event.attempt}`;
  const failing = event.failing.length === 0 ? "" : `, failing: ${event.failing.join(", ")}`;
  const flaky = (event.flaky ?? []).length === 0 ? "" : `, flaky: ${event.flaky?.join(", ")}`;
  return `${name}: ${event.command} → exit code ${event.exitCode ?? event.ended} in ${duration(event.durationMs)}${failing}${flaky}`;
}

function taught(event: Extract<RunEvent, { type: "intake.finished" }>): string {
  const { skills = [], skillFaults = [], instructionFaults = [] } = event;
  const found = skills.length === 0 ? "" : `, ${counted(skills.length, "skill")}`;
  const faults = [...instructionFaults, ...skillFaults].map(
    ({ path, reason }) => `, ${path} left out, because ${reason}`,
  );
  return `${found}${faults.join("")}`;
}

function todo({ items }: Extract<RunEvent, { type: "todo.updated" }>): string {
  const now = items.find(({ status }) => status === "in_progress");
  const done = items.filter(({ status }) => status === "done").length;
  return `${done} of ${items.length} done${now === undefined ? "" : `, now: ${now.text}`}`;
}

function reviewed({ findings, summary }: Extract<RunEvent, { type: "change.reviewed" }>): string {
  const grave = findings.map(({ severity, path, title }) => `${severity} ${path}: ${title}`);
  return `${counted(findings.length, "finding")}  ${[...grave, summary].join("  ")}`;
}

/** Where a run came from and went on; what was done to keep a conversation short, and what it was told of its folders. */
function contextGist(event: RunEvent): string {
  switch (event.type) {
    case "run.forked":
      return `${event.from === null ? "" : `${event.from} anew, `}from fact ${event.at} of ${event.origin}${event.model === null ? "" : `, with ${event.model}`}${event.publish ? "" : ", shows nothing to GitHub"}`;
    case "run.superseded":
      return `as ${event.run}, from fact ${event.at}${event.from === null ? "" : ` (${event.from} anew)`} by ${event.by.login}`;
    case "context.cleared":
      return `${event.conversation}: ${counted(event.results, "result")} before answer ${event.beforeTurn}, ${event.bytes} bytes`;
    case "context.compacted":
      return `${event.conversation}: the answers before number ${event.keepFromTurn}, summed up by ${event.by}`;
    case "instructions.loaded":
      return `${event.conversation}: ${event.path}${event.leftOut === undefined ? "" : ` left out (${event.leftOut})`}`;
    default:
      return "";
  }
}

/** What a fact says in a few words; the empty text for facts whose name says it all. */
function gist(event: RunEvent): string {
  switch (event.type) {
    case "run.requested":
      return `${event.subject.owner}/${event.subject.name}#${event.subject.issue} ${event.title}`;
    case "command.received":
      return `${event.command.name} by ${event.actor.login}`;
    case "command.accepted":
      return `fact ${event.command}, permission ${event.permission}`;
    case "command.refused":
      return `fact ${event.command}: ${event.reason}`;
    case "intake.finished":
      return `base ${event.baseBranch} ${event.baseSha.slice(0, 12)}, settings ${shortDigest(event.settingsDigest)}${taught(event)}`;
    case "issue.routed":
      return `${event.kind}, ${event.difficulty}, ${counted(event.explore.length, "question")} to explore: ${event.reason}`;
    case "exploration.finished":
      return `${counted(event.files.length, "file matters", "files matter")}, ${counted(event.answers.length, "question")} answered, ${event.failed.length} not`;
    case "question.asked":
      return event.questions.join(" ");
    case "plan.proposed":
      return `revision ${event.revision}, ${shortDigest(event.digest)}: ${event.plan.title}`;
    case "plan.approved":
      return `${shortDigest(event.digest)} by ${event.by.login}`;
    case "budget.changed":
      return `${usd(event.ceilingMicroUsd)} by ${event.by.login}`;
    case "stage.started":
      return `${event.stage} (worker ${event.worker})`;
    case "stage.finished":
      return event.stage;
    case "workspace.opened":
      return `${event.purpose}: ${event.strategy}, ${counted(event.files, "changed file")}, ${duration(event.durationMs)}`;
    case "setup.finished":
      return `${event.command ?? ""} → exit code ${event.exitCode ?? "none"} in ${duration(event.durationMs)}`;
    case "conversation.started":
      return `${event.conversation}: ${event.role}, ${event.model}, ${event.tools.length} tools${event.reason === undefined ? "" : `; ${event.reason}`}`;
    case "model.responded":
      return answer(event);
    case "model.failed":
      return `${event.failure}: ${event.detail}`;
    case "model.switched":
      return `${event.from} did not answer (${event.reason}), went on with ${event.to}`;
    case "todo.updated":
      return todo(event);
    case "tool.returned":
      return `${event.isError ? "error: " : ""}${event.content}`;
    case "tests.finished":
      return tests(event);
    case "checkpoint.saved":
      return event.changes.map((change) => `${change.status} ${change.path}`).join(", ");
    case "work.submitted":
      return event.summary;
    case "reproduction.finished":
      return `${event.reproduced ? "fail" : "pass"} without the change: ${event.files.join(", ")}`;
    case "change.reviewed":
      return reviewed(event);
    case "stage.abandoned":
      return `${event.stage}: ${event.code}`;
    case "change.checked":
      return `${event.verdict} ${event.reasons.join("; ")}`;
    case "effect.done":
      return `${event.key} ${event.url}`;
    case "pull_request.opened":
      return `#${event.number} ${event.url}`;
    case "run.parked":
      return `${event.code}, until ${event.resumeAt ?? "somebody acts"}`;
    case "run.finished":
      return `${event.outcome} ${event.code ?? ""}`;
    default:
      return contextGist(event);
  }
}

/** Facts that only say that something begins; shown when everything is asked for. */
const QUIET: ReadonlySet<RunEvent["type"]> = new Set([
  "model.requested",
  "tool.called",
  "effect.intended",
  "stage.finished",
  "conversation.started",
]);

/** That the work goes on elsewhere is news, whatever else only begins. */
const isQuiet = (event: RunEvent): boolean =>
  QUIET.has(event.type) && !(event.type === "conversation.started" && event.continues !== undefined);

export interface TimelineOptions {
  /** Every fact, the quiet ones too. */
  readonly all: boolean;
}

export function timeline(facts: readonly StoredEvent[], options: TimelineOptions): string {
  return facts
    .filter((fact) => options.all || !isQuiet(fact.event))
    .map((fact) => {
      const time = fact.at.slice(11, 19);
      return `${String(fact.index).padStart(4)}  ${time}  ${fact.event.type.padEnd(20)}  ${line(gist(fact.event))}`.trimEnd();
    })
    .join("\n");
}

/** The run in a few lines: where it is and what it cost, by stage. */
export function runReport(state: RunState): string {
  const { subject, usage } = state;
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const share = input === 0 ? 0 : Math.round((100 * usage.cacheRead) / input);
  const stages = Object.entries(state.costByStage).map(([stage, cost]) => `  ${stage.padEnd(10)} ${usd(cost)}`);
  return [
    `run    ${state.run}`,
    `issue  ${subject?.owner}/${subject?.name}#${subject?.issue} ${line(state.title)}`,
    `state  ${headline(state)}${state.pullRequest === null ? "" : ` ${state.pullRequest.url}`}`,
    `work   ${duration(state.workMs)}, ${state.turns} turns, ${input} tokens in (${share} % from cache), ${usage.output} out`,
    `cost   ${usd(state.costMicroUsd)}`,
    ...stages,
  ].join("\n");
}
