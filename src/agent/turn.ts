import { requestOf, type Conversation } from "../core/conversation.ts";
import { JourneymanError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { estimateTokens, isRunningLow, timeLimitReached, turnLimitReached, wouldPass } from "../core/limits.ts";
import type { ModelRequest } from "../core/messages.ts";
import { costOf, usd, worstCaseOf, type ModelPrice } from "../core/money.ts";
import type { ModelOutcome } from "../ports/model.ts";
import type { LoopOptions } from "./options.ts";
import { lowBudget } from "./replies.ts";
import { requestDigest } from "./request-digest.ts";

const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 2_000;
/** A longer wait is not sat out in a process: the run is parked. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_PARK_MS = 60_000;
const LONGEST_PARK_MS = 30 * 60_000;

type Failed = Extract<ModelOutcome, { kind: "failed" }>;

/**
 * One turn: asks until there is an answer. Every limit is checked before each attempt.
 * Throws `turn_limit`, `time_limit`, `price_unknown`, `budget_exhausted`, `model_unavailable`, `model_unauthorized`, `model_rejected`,
 * `context_exceeded`.
 */
export async function* askModel(options: LoopOptions): AsyncGenerator<RunEvent, "answered" | "stopped"> {
  for (let attempt = 1; ; attempt += 1) {
    yield* warnOnce(options);
    const outcome = yield* attemptOnce(options);
    if (outcome.kind === "answered") return "answered";
    if (options.signal.aborted) return "stopped";
    await options.clock.sleep(waitAfter(outcome, attempt, options), options.signal);
    if (options.signal.aborted) return "stopped";
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
  const reservedMicroUsd = reserve(request, price, options);
  const { model } = conversation;
  yield { type: "model.requested", ...about, model, requestDigest: requestDigest(request), reservedMicroUsd };
  const outcome = await options.model.respond(request, options.signal);
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

/** Doubled for the one answer that follows a cut one. */
const answerBound = ({ answer }: Conversation, { limits }: LoopOptions): number =>
  answer?.kind === "cut" ? limits.maxOutputTokens * 2 : limits.maxOutputTokens;

function checkLimits({ current, limits, stage, workedMs }: LoopOptions): void {
  if (turnLimitReached(current().turn, limits.turns)) {
    throw new JourneymanError("turn_limit", { turns: limits.turns, stage });
  }
  if (timeLimitReached(workedMs(), limits.workMs)) {
    throw new JourneymanError("time_limit", { minutes: Math.round(limits.workMs / 60_000) });
  }
}

function priceOf(model: string, options: LoopOptions): ModelPrice {
  const price = options.model.price(model);
  if (price === null) throw new JourneymanError("price_unknown", { model });
  return price;
}

/** The most the request can cost; throws when that could pass the ceiling. */
function reserve(request: ModelRequest, price: ModelPrice, { budget, current }: LoopOptions): number {
  const needed = worstCaseOf(estimateTokens(current()), request.maxOutputTokens, price);
  const [spent, ceiling] = [budget.spent(), budget.ceiling()];
  if (wouldPass(spent, needed, ceiling)) {
    const details = { spent: usd(spent), needed: usd(needed), ceiling: usd(ceiling), scope: "this run" };
    throw new JourneymanError("budget_exhausted", details);
  }
  return needed;
}

/** Milliseconds until the next attempt, or the fault that ends the turn. */
function waitAfter(failed: Failed, attempt: number, options: LoopOptions): number {
  switch (failed.failure) {
    case "unauthorized":
      throw new JourneymanError("model_unauthorized");
    case "context_exceeded":
      throw new JourneymanError("context_exceeded", { tokens: estimateTokens(options.current()) });
    case "bad_request":
      throw new JourneymanError("model_rejected");
    default:
      break;
  }
  const waitMs = failed.retryAfterMs ?? Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (1 + options.random() / 4));
  if (attempt < MAX_ATTEMPTS && waitMs <= LONGEST_WAIT_MS) return waitMs;
  const details = { reason: failed.failure.replaceAll("_", " "), attempts: attempt };
  throw new JourneymanError("model_unavailable", details, { retryAfterMs: failed.retryAfterMs ?? parkFor(options) });
}

/** A minute, doubling with each round of attempts that failed, to half an hour. */
function parkFor({ current }: LoopOptions): number {
  const rounds = Math.max(1, Math.floor(current().failures / MAX_ATTEMPTS));
  return Math.min(LONGEST_PARK_MS, FIRST_PARK_MS * 2 ** (rounds - 1));
}
