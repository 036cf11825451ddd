import type { IncomingMessage } from "node:http";

export interface BodyLimits {
  /** Most bytes of one body. */
  readonly maxBytes: number;
  /** Most bytes of all bodies being read at one time: nobody has proven who they are yet. */
  readonly maxTotalBytes: number;
  /** Time for one body to arrive, in milliseconds. */
  readonly deadlineMs: number;
}

/** GitHub's own bound is 25 MB, and it gives up on a delivery after 10 s. */
export const WEBHOOK_LIMITS: BodyLimits = {
  maxBytes: 25 * 1024 * 1024,
  maxTotalBytes: 32 * 1024 * 1024,
  deadlineMs: 10_000,
};

export type Body =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "too_large" | "too_slow" | "busy" | "cut" };

/** Makes a reader of request bodies that share one bound of memory. A reader never throws; what it gives up on it no longer keeps. */
export function makeBodyReader(limits: BodyLimits): (request: IncomingMessage) => Promise<Body> {
  let held = 0;
  return async (request) => {
    if (Number(request.headers["content-length"] ?? 0) > limits.maxBytes) return { kind: "too_large" };
    const reading = collect(request, limits, (bytes) => {
      if (held + bytes > limits.maxTotalBytes) return false;
      held += bytes;
      return true;
    });
    const { body, counted } = await reading;
    held -= counted;
    return body;
  };
}

function collect(
  request: IncomingMessage,
  limits: BodyLimits,
  reserve: (bytes: number) => boolean,
): Promise<{ body: Body; counted: number }> {
  const { promise, resolve } = Promise.withResolvers<{ body: Body; counted: number }>();
  const chunks: Buffer[] = [];
  let counted = 0;
  const finish = (body: Body): void => {
    clearTimeout(timer);
    request.off("data", take).off("end", whole).off("close", cut).off("error", cut);
    chunks.length = 0;
    resolve({ body, counted });
  };
  const take = (chunk: Buffer): void => {
    if (counted + chunk.byteLength > limits.maxBytes) return finish({ kind: "too_large" });
    if (!reserve(chunk.byteLength)) return finish({ kind: "busy" });
    counted += chunk.byteLength;
    chunks.push(chunk);
  };
  const whole = (): void => finish({ kind: "read", bytes: Buffer.concat(chunks) });
  const cut = (): void => finish({ kind: "cut" });
  const timer = setTimeout(() => finish({ kind: "too_slow" }), limits.deadlineMs);
  request.on("data", take).on("end", whole).on("close", cut).on("error", cut);
  return promise;
}
