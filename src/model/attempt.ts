import type { ModelRequest, Usage } from "../core/messages.ts";
import type { Model, ModelOutcome, Watch } from "../ports/model.ts";
import { messageOf, nothingYet, partialOf, type Arriving } from "./arriving.ts";
import { fail, failureOf, requestLabel, type Failure, type Thrown } from "./failures.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

/* One attempt at an answer: all that is alike whatever the wire. */

/** How long things may take, in milliseconds. */
export interface Patience {
  /** Most without a byte of an answer that has begun. */
  readonly stallMs?: number;
  /** Most until an answer begins. */
  readonly headerTimeoutMs?: number;
  /** Most for a whole answer. */
  readonly turnTimeoutMs?: number;
}

export const HEADER_TIMEOUT_MS = 60_000;

export interface Attempt {
  readonly answer: Arriving;
  readonly watchdog: Watchdog;
  readonly watch: Watch | undefined;
  /** The response headers came. */
  begun: boolean;
  requestId: string | null;
  /** Why the watcher ended it. */
  astray: string | null;
}

/** What differs from wire to wire. */
export interface Wire {
  /** Sends the request and takes the answer's events in; throws what its client throws. */
  readonly receive: (request: ModelRequest, attempt: Attempt) => Promise<void>;
  readonly describe: (thrown: unknown) => Thrown;
  /** What to charge for a broken answer that told no usage; null = the wire tells its usage at the beginning. */
  readonly estimate: ((request: ModelRequest, answer: Arriving) => Usage) | null;
}

export function createResponder(wire: Wire, options: Patience & { readonly apiKey: string }): Model["respond"] {
  const { apiKey, stallMs = 90_000, turnTimeoutMs = 900_000 } = options;
  return async (request, signal, watch): Promise<ModelOutcome> => {
    const started = performance.now();
    const watchdog = createWatchdog({ signal, stallMs, turnTimeoutMs });
    const attempt: Attempt = {
      answer: nothingYet(),
      watchdog,
      watch,
      begun: false,
      requestId: null,
      astray: null,
    };
    let thrown: Thrown | null = null;
    try {
      await wire.receive(request, attempt);
    } catch (error) {
      thrown = wire.describe(error);
    } finally {
      watchdog.close();
    }
    const durationMs = Math.round(performance.now() - started);
    const answered = answerOf(attempt, durationMs);
    if (answered !== null) return answered;
    const { answer, begun } = attempt;
    const billed = answer.usage ?? (begun && wire.estimate !== null ? wire.estimate(request, answer) : null);
    return { kind: "failed", ...whyFailed(attempt, thrown, apiKey), billed, durationMs };
  };
}

/** Takes the events in to the last, and lets the watcher see each piece. */
export async function drain<Event>(
  events: AsyncIterable<Event>,
  attempt: Attempt,
  take: (answer: Arriving, event: Event) => void,
): Promise<void> {
  const { answer, watchdog, watch } = attempt;
  for await (const event of events) {
    take(answer, event);
    // Not a `break`: the client would drop the connection, and the next turn would have to open one.
    if (answer.whole) watchdog.expectEnd();
    else if (watch !== undefined && attempt.astray === null && answer.parts.size > 0) {
      attempt.astray = watch(partialOf(answer));
      if (attempt.astray !== null) watchdog.giveUp();
    }
  }
}

/** The same response, with every chunk of its body reported to the watchdog. */
export function watched(response: Response, watchdog: Watchdog): Response {
  watchdog.touch();
  if (response.body === null) return response;
  const reader = response.body.getReader();
  // Read by hand: a pipe through a transform costs as much time as all that is read.
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        watchdog.touch();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}

/** A whole answer stands, whatever broke after it: it was billed. */
function answerOf({ answer, requestId }: Attempt, durationMs: number): ModelOutcome | null {
  const { whole, stop, usage, id } = answer;
  if (!whole || usage === null || stop === null || stop === "unknown") return null;
  return {
    kind: "answered",
    message: messageOf(answer, stop),
    stopReason: stop,
    usage,
    requestId: requestId ?? id,
    durationMs,
  };
}

/** Why it failed, with the id under which the vendor knows the request, where it gave one. */
function whyFailed(attempt: Attempt, thrown: Thrown | null, apiKey: string): Failure {
  const failed = causeOf(attempt, thrown, apiKey);
  const isOurs = failed.failure === "astray" || failed.failure === "cancelled";
  return isOurs || failed.detail.includes("(request ")
    ? failed
    : { ...failed, detail: failed.detail + requestLabel(attempt.requestId) };
}

function causeOf(
  { answer, watchdog, begun, astray, requestId }: Attempt,
  thrown: Thrown | null,
  apiKey: string,
): Failure {
  if (answer.whole) return fail("bad_request", "the answer stopped for a reason this version does not know");
  const verdict = watchdog.verdict();
  if (verdict === "cancelled") return fail("cancelled", "cancelled");
  if (verdict === "astray") return fail("astray", astray ?? "");
  if (verdict === "stalled") return fail("stalled", "the answer fell silent");
  if (verdict === "overtime") return fail("stalled", "the answer took too long");
  const context = { apiKey, begun, now: Date.now() };
  if (answer.error !== null) {
    return failureOf({ kind: "event", words: [answer.error], message: null, requestId }, context);
  }
  if (thrown !== null) return failureOf(thrown, context);
  return fail("cut", answer.parts.size > 0 || answer.usage !== null ? CUT : "the answer was empty");
}

const CUT = "the answer ended before it was whole";
