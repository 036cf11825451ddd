import { ProbotOctokit } from "probot";
import type { z } from "zod";
import type { Clock } from "../ports/clock.ts";
import { readFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";

export type Octokit = InstanceType<typeof ProbotOctokit>;

export interface ClientOptions {
  readonly baseUrl: string;
  readonly userAgent: string;
  /** Longest that one request may take, answer included, in milliseconds. */
  readonly timeoutMs: number;
}

export type Auth = { readonly appId: number; readonly privateKey: string } | { readonly token: string };

const silent = (): void => {};

/**
 * One kind of client for everything. Its own retry and throttling are off: they repeat a POST whose answer was lost and sleep inside
 * the process. What may be repeated is decided per call (`calls.ts`), and a limit becomes a wait of the run.
 */
export function makeClient(options: ClientOptions, auth: Auth): Octokit {
  const octokit = new ProbotOctokit({
    auth,
    baseUrl: options.baseUrl,
    userAgent: options.userAgent,
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  octokit.hook.before("request", (request) => {
    request.request.signal = AbortSignal.timeout(options.timeoutMs);
  });
  return octokit;
}

/** One kind of request. */
export interface Request<T> {
  /** What it does, in the words of an error's sentence. */
  readonly action: string;
  /** What the answer must hold; the rest is dropped. An answer that does not fit counts as none. */
  readonly schema: z.ZodType<T>;
  readonly send: (
    octokit: Octokit,
  ) => Promise<{ readonly data: unknown; readonly headers: { link?: string | undefined } }>;
}

export type Reply<T> =
  | { readonly ok: true; readonly data: T; readonly more: boolean }
  | { readonly ok: false; readonly failure: Failure };

/** Sends a request once. `more` says that the answer is one page of several. */
export async function perform<T>(octokit: Octokit, request: Request<T>, clock: Pick<Clock, "now">): Promise<Reply<T>> {
  try {
    const { data, headers } = await request.send(octokit);
    const parsed = request.schema.safeParse(data);
    if (!parsed.success) return unreadable(parsed.error.message);
    return { ok: true, data: parsed.data, more: /rel="next"/.test(headers.link ?? "") };
  } catch (thrown) {
    return { ok: false, failure: readFailure(thrown, clock.now()) };
  }
}

const unreadable = (message: string): Reply<never> => ({
  ok: false,
  failure: { kind: "doubtful", status: 200, message, retryAfterMs: null },
});
