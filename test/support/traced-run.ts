import type { EventOf, RunEvent, StoredEvent } from "../../src/core/events.ts";
import { Digest } from "../../src/core/ids.ts";
import type { AssistantMessage } from "../../src/core/messages.ts";
import type { Consumer, Work } from "../../src/telemetry/work.ts";
import { followRun } from "../../src/telemetry/run-work.ts";
import { requested, RUN, stored } from "./facts.ts";

/* Facts of the work that spans and metrics are made of, a second apart. */

const tool = (name: string) => ({ name, description: "", schema: {} });

export const begin = (stage: "plan" | "implement", round = 0): RunEvent => ({
  type: "stage.started",
  stage,
  round,
  worker: "worker",
});
export const end = (stage: "plan" | "implement", round = 0): RunEvent => ({ type: "stage.finished", stage, round });

export const talk = (
  conversation: string,
  parent?: NonNullable<EventOf<"conversation.started">["parent"]>,
): RunEvent => ({
  type: "conversation.started",
  conversation,
  role: parent === undefined ? "executor" : "researcher",
  model: "claude-opus-5-5",
  effort: "medium",
  system: "You carry out",
  tools: [tool("read"), tool("bash"), tool("task"), tool("submit")],
  message: { role: "user", content: [{ type: "text", text: "the task" }] },
  ...(parent !== undefined && { parent }),
});

export const ask = (conversation: string, turn: number): RunEvent => ({
  type: "model.requested",
  conversation,
  turn,
  model: "claude-opus-5-5",
  requestDigest: Digest.parse("d".repeat(64)),
  reservedMicroUsd: 100_000,
});

/** An answer with these calls, `name` or `name:id`; the id is the name unless it is given. */
export const answer = (conversation: string, turn: number, calls: readonly string[] = []): RunEvent => ({
  type: "model.responded",
  conversation,
  turn,
  message: {
    role: "assistant",
    content: [
      { type: "text", text: "I look at it." },
      ...calls.map((call): AssistantMessage["content"][number] => {
        const [name = "", id = name] = call.split(":");
        return { type: "tool_call", id, name, input: { path: "src/money.js" } };
      }),
    ],
  },
  stopReason: calls.length > 0 ? "tool_use" : "end_turn",
  usage: { input: 100, cacheRead: 800, cacheWrite: 100, output: 50 },
  costMicroUsd: 12_345,
  requestId: `request-${turn}`,
  durationMs: 900,
});

export const fail = (conversation: string, turn: number, failure: string, costMicroUsd = 0): RunEvent => ({
  type: "model.failed",
  conversation,
  turn,
  failure,
  detail: "",
  retryAfterMs: null,
  costMicroUsd,
});

export const start = (conversation: string, turn: number, callId: string): RunEvent => ({
  type: "tool.called",
  conversation,
  turn,
  callId,
  name: callId,
});

export const result = (conversation: string, turn: number, callId: string, isError = false): RunEvent => ({
  type: "tool.returned",
  conversation,
  turn,
  callId,
  content: "what was seen",
  isError,
  durationMs: 400,
});

export const over = (outcome: EventOf<"run.finished">["outcome"] = "pull_request"): RunEvent => ({
  type: "run.finished",
  outcome,
  code: outcome === "failed" ? "turn_limit" : null,
  details: {},
});

/** One stage with two turns: a read and a failing command, then an answer that ends the work. */
export const SMALL_RUN: readonly RunEvent[] = [
  requested(),
  begin("implement"),
  talk("implement.1"),
  ask("implement.1", 1),
  answer("implement.1", 1, ["read", "bash"]),
  start("implement.1", 1, "read"),
  result("implement.1", 1, "read"),
  start("implement.1", 1, "bash"),
  result("implement.1", 1, "bash", true),
  ask("implement.1", 2),
  answer("implement.1", 2, ["submit"]),
  { type: "work.submitted", conversation: "implement.1", summary: "done", leftFailing: [] },
  end("implement"),
  over(),
];

/** All work of these facts, in the order in which it is told. */
export function workOf(facts: readonly Pick<StoredEvent, "at" | "event">[]): Work[] {
  const work: Work[] = [];
  const follower = followRun(RUN);
  const consumer: Consumer = { take: (one) => void work.push(one) };
  for (const fact of facts) follower.add(fact, consumer);
  return work;
}

export const workOfEvents = (events: readonly RunEvent[]): Work[] => workOf(stored(events));

/** What a piece of work is, in a few words. */
export function wordsOf(work: Work): string {
  const failed = work.error === null ? "" : ` (${work.error})`;
  switch (work.kind) {
    case "run":
      return `run ${work.outcome}${failed}`;
    case "stage":
      return `stage ${work.stage}${failed}`;
    case "tool":
      return `${work.call.name}${failed}`;
    default:
      return `${work.kind} ${work.conversation}/${work.turn}${failed}`;
  }
}

/** The tree as indented lines, in the order in which the work began. */
export function treeOf(work: readonly Work[]): string[] {
  const below = (parent: string | null, depth: number): string[] =>
    work
      .filter((one) => one.parent === parent)
      .toSorted((a, b) => a.start - b.start || a.end - b.end)
      .flatMap((one) => [`${"  ".repeat(depth)}${wordsOf(one)}`, ...below(one.key, depth + 1)]);
  return below(null, 0);
}

/** Pieces that are not within their parent's time, or whose parent is not there. */
export function strays(work: readonly Work[]): string[] {
  const byKey = new Map(work.map((one) => [one.key, one]));
  return work
    .filter((one) => {
      const parent = one.parent === null ? one : byKey.get(one.parent);
      return one.end < one.start || parent === undefined || one.start < parent.start || one.end > parent.end;
    })
    .map(wordsOf);
}
