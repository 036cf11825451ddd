import { requestOf, type Conversation } from "../core/conversation/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import { estimateTokens, isRunningLow, timeLimitReached, turnLimitReached } from "../core/money/limits.ts";
import { costOf, usd, worstCaseOf, type ModelPrice } from "../core/money/money.ts";
import type { ModelOutcome, Watch } from "../ports/model.ts";
import { afterFailure } from "./next-attempt.ts";
import type { LoopOptions } from "./options.ts";
import { lowBudget, wentAstray } from "./replies.ts";
import { requestDigest } from "./request-digest.ts";

/** Answers of one conversation that its watcher may end; after them the answer stands. */
const MAX_STRAYS = 2;
/** Between two looks whether there is room for a request now. */
const LOOK_MS = 100;

type Failed = Extract<ModelOutcome, { kind: "failed" }>;

/** Stopped before anything was sent. */
const NOT_SENT: Failed = {
  kind: "failed",
  failure: "cancelled",
  detail: "",
  retryAfterMs: null,
  billed: null,
  durationMs: 0,
};

/**
 * One turn: asks until there is an answer. Every limit is checked before each attempt.
 * Throws `turn_limit`, `time_limit`, `stage_time_limit`, `price_unknown`, `budget_exhausted`, `day_budget_exhausted`,
 * `day_budget_reserved`, `model_unavailable`, `model_unauthorized`, `model_rejected`, `model_unconfigured`, `context_exceeded`.
 */
export async function* askModel(options: LoopOptions): AsyncGenerator<RunEvent, "answered" | "stopped"> {
  for (let attempt = 1; ; attempt += 1) {
    yield* warnOnce(options);
    const outcome = yield* attemptOnce(options);
    if (outcome.kind === "answered") return "answered";
    if (options.signal.aborted) return "stopped";
    const next = afterFailure(outcome, attempt, options);
    if (next.kind === "again") {
      await options.clock.sleep(next.waitMs, options.signal);
      if (options.signal.aborted) return "stopped";
      continue;
    }
    const conversation = options.current().id;
    if (next.kind === "tell") yield { type: "message.added", conversation, text: wentAstray(next.reason) };
    else yield { type: "model.switched", conversation, from: next.from, to: next.to, reason: next.reason };
    attempt = 0;
  }
}

async function* warnOnce({ budget, current }: LoopOptions): AsyncGenerator<RunEvent> {
  const [spent, ceiling] = [budget.spent(), budget.ceiling()];
  if (budget.warned() || !isRunningLow(spent, ceiling)) return;
  yield { type: "limit.warned", limit: "run", spentMicroUsd: spent, ceilingMicroUsd: ceiling };
  yield { type: "message.added", conversation: current().id, text: lowBudget(usd(spent), usd(ceiling)) };
}

async function* attemptOnce(options: LoopOptions): AsyncGenerator<RunEvent, ModelOutcome> {
  const conversation = options.current();
  const about = { conversation: conversation.id, turn: conversation.turn + 1 };
  checkLimits(options);
  const price = priceOf(conversation.model, options);
  const request = requestOf(conversation, answerBound(conversation, options));
  const { model } = conversation;
  const reservedMicroUsd = worstCaseOf(estimateTokens(conversation), request.maxOutputTokens, price);
  const requested = { ...about, model, requestDigest: requestDigest(request), reservedMicroUsd };
  if (!(yield* reserve({ type: "model.requested", ...requested }, options))) return NOT_SENT;
  const watch = conversation.strays < MAX_STRAYS ? options.watch : undefined;
  const { role } = conversation;
  options.failpoint?.(`model.before:${role}`);
  const outcome = await options.model.respond(request, options.signal, streaming(options, role, watch));
  if (outcome.kind === "answered") options.failpoint?.(`model.after:${role}`);
  if (outcome.kind === "answered") {
    const { message, stopReason, usage, requestId, durationMs } = outcome;
    const costMicroUsd = costOf(usage, price);
    yield { type: "model.responded", ...about, message, stopReason, usage, costMicroUsd, requestId, durationMs };
    return outcome;
  }
  const { failure, detail, retryAfterMs, billed } = outcome;
  const costMicroUsd = billed === null ? 0 : costOf(billed, price);
  yield { type: "model.failed", ...about, failure, detail, retryAfterMs, costMicroUsd };
  return outcome;
}

/** The watch, with the failpoint of an answer that has begun. */
function streaming({ failpoint }: LoopOptions, role: string, watch: Watch | undefined): Watch | undefined {
  if (failpoint === undefined) return watch;
  let begun = false;
  return (partial) => {
    if (!begun) failpoint(`model.streaming:${role}`);
    begun = true;
    return watch?.(partial) ?? null;
  };
}

/**
 * Sets the money for a request aside and has it written down. One that finds the rest of the day's money set aside while others of this run
 * wait for their answers waits for them: to stop them for it would be to pay for what they were asked and get nothing. False when stopped.
 */
async function* reserve(
  requested: EventOf<"model.requested">,
  { budget, clock, signal }: LoopOptions,
): AsyncGenerator<RunEvent, boolean> {
  while (!signal.aborted) {
    const release = await budget.hold(requested.reservedMicroUsd);
    if (release === null) return false;
    try {
      yield requested;
      return true;
    } catch (thrown) {
      const isSetAside = thrown instanceof JourneymanError && thrown.code === "day_budget_reserved";
      if (!isSetAside || !budget.othersAsk()) throw thrown;
    } finally {
      release();
    }
    await clock.sleep(LOOK_MS, signal);
  }
  return false;
}

/** Doubled for the one answer that follows a cut one. */
const answerBound = ({ answer }: Conversation, { limits }: LoopOptions): number =>
  answer?.kind === "cut" ? limits.maxOutputTokens * 2 : limits.maxOutputTokens;

function checkLimits({ current, limits, stage, workedMs, stageWorkedMs }: LoopOptions): void {
  const { turn, turnsBefore } = current();
  if (turnLimitReached(turnsBefore + turn, limits.turns)) {
    throw new JourneymanError("turn_limit", { turns: limits.turns, stage });
  }
  if (timeLimitReached(workedMs(), limits.workMs)) {
    throw new JourneymanError("time_limit", { minutes: Math.round(limits.workMs / 60_000) });
  }
  if (timeLimitReached(stageWorkedMs(), limits.stageMs)) {
    throw new JourneymanError("stage_time_limit", { minutes: Math.round(limits.stageMs / 60_000), stage });
  }
}

function priceOf(model: string, options: LoopOptions): ModelPrice {
  const price = options.model.price(model);
  if (price === null) throw new JourneymanError("price_unknown", { model });
  return price;
}
