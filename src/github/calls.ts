import { JourneymanError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import type { Clock } from "../ports/clock.ts";
import { perform } from "./client.ts";
import type { Octokit, Reply, Request } from "./client.ts";
import { errorOf } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Pacer, Write } from "./pacer.ts";
import type { Stored } from "./stored.ts";
import type { Purpose, Tokens } from "./tokens.ts";

/*
 * How often a request is sent:
 *   `attempt`  once. For writes that would be doubled by a repeat.
 *   `repeat`   up to three times while the outcome is in doubt. For reads, and for writes that leave the same whether done once or twice.
 *   `settle`   a write looked up by its natural key before it is done, and looked up again, patiently, before it is done a second time.
 * A token that GitHub no longer knows is replaced in all of them: 401 means that nothing was done.
 */

/** Waits between the sendings of a `repeat`, and between the look-ups after a doubtful write: lists can lag. Milliseconds. */
const REPEAT_AFTER = [1000, 3000] as const;
const LOOK_AGAIN_AFTER = [2000, 5000, 10_000] as const;

export interface Calls {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly pacer: Pacer;
  readonly stored: Stored;
  /** Throws to keep a request from leaving. */
  readonly assertHeld?: () => void;
}

/** A request about one repository, with the token it needs. */
export interface Call<T> extends Request<T> {
  readonly subject: Subject;
  readonly purpose: Purpose;
  /** What it writes, where it does: that has a pace. */
  readonly write?: Write;
}

/** Throws `github_limited` without sending anything when a write has to wait for long. */
export async function attempt<T>(calls: Calls, call: Call<T>): Promise<Reply<T>> {
  const { installationId } = call.subject;
  if (call.write !== undefined) await calls.pacer.turn(installationId, call.write);
  const reply = await sendOnce(calls, call);
  if (!reply.ok && reply.failure.retryAfterMs !== null) calls.pacer.refused(installationId, reply.failure.retryAfterMs);
  return reply;
}

async function sendOnce<T>(calls: Calls, call: Call<T>): Promise<Reply<T>> {
  for (let replaced = 0; ; replaced++) {
    const held = await calls.tokens.get(call.subject, call.purpose);
    calls.assertHeld?.();
    const reply = await perform(held.octokit, call, calls.clock);
    if (reply.ok || reply.failure.kind !== "unauthorized" || replaced === 2) return reply;
    await calls.tokens.forget(call.subject, call.purpose, held);
    await calls.clock.sleep(1000 * replaced);
  }
}

export async function repeat<T>(calls: Calls, call: Call<T>): Promise<Reply<T>> {
  for (const wait of REPEAT_AFTER) {
    const reply = await attempt(calls, call);
    if (reply.ok || reply.failure.kind !== "doubtful") return reply;
    await calls.clock.sleep(wait);
  }
  return attempt(calls, call);
}

/** The answer of a `repeat`, or its error thrown. */
export async function need<T>(calls: Calls, call: Call<T>): Promise<T> {
  const reply = await repeat(calls, call);
  if (!reply.ok) throw errorOf(reply.failure, call.action, calls.clock.now());
  return reply.data;
}

/** As `need`, but null when GitHub says that there is no such thing. */
export async function seek<T>(calls: Calls, call: Call<T>): Promise<T | null> {
  const reply = await repeat(calls, call);
  if (!reply.ok && reply.failure.kind === "missing") return null;
  if (!reply.ok) throw errorOf(reply.failure, call.action, calls.clock.now());
  return reply.data;
}

export interface Paged<T> extends Omit<Call<T[]>, "send"> {
  readonly send: (octokit: Octokit, page: number) => ReturnType<Call<T[]>["send"]>;
}

/** Every page of a list, in order. */
export async function all<T>(calls: Calls, paged: Paged<T>): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const call = { ...paged, send: (octokit: Octokit) => paged.send(octokit, page) };
    const reply = await repeat(calls, call);
    if (!reply.ok) throw errorOf(reply.failure, paged.action, calls.clock.now());
    items.push(...reply.data);
    if (!reply.more) return items;
  }
}

export interface Settlement<T> {
  /** Finds what an earlier attempt left; null when there is nothing. Throws to give up. */
  readonly look: () => Promise<T | null>;
  readonly write: Call<T>;
  /** Whether a refusal means that the thing exists after all, though the look-up did not show it yet. */
  readonly exists?: (failure: Failure) => boolean;
  /** Waits before a refused write is tried again, for refusals that pass by themselves; null gives up. */
  readonly retryAfter?: (failure: Failure, tried: number) => number | null;
}

/** Makes a thing exist once. At most two writes whose outcome is in doubt are sent, the second only after three look-ups found nothing. */
export async function settle<T>(calls: Calls, settlement: Settlement<T>): Promise<T> {
  const { look, write } = settlement;
  const found = await look();
  if (found !== null) return found;
  for (let doubts = 0, tried = 1; ; tried++) {
    const reply = await attempt(calls, write);
    if (reply.ok) return reply.data;
    const { failure } = reply;
    const wait = settlement.retryAfter?.(failure, tried) ?? null;
    if (wait !== null) {
      await calls.clock.sleep(wait);
      continue;
    }
    const exists = settlement.exists?.(failure) ?? false;
    if (failure.kind !== "doubtful" && !exists) throw errorOf(failure, write.action, calls.clock.now());
    const late = await lookAgain(calls, look, exists);
    if (late !== null) return late;
    doubts += 1;
    if (exists || doubts === 2) throw unsettled(failure);
  }
}

async function lookAgain<T>(calls: Calls, look: () => Promise<T | null>, atOnce: boolean): Promise<T | null> {
  for (const wait of atOnce ? [0, ...LOOK_AGAIN_AFTER] : LOOK_AGAIN_AFTER) {
    await calls.clock.sleep(wait);
    const found = await look();
    if (found !== null) return found;
  }
  return null;
}

const unsettled = (failure: Failure): JourneymanError =>
  new JourneymanError("github_unavailable", { reason: "the outcome of a write is in doubt" }, { cause: failure });
