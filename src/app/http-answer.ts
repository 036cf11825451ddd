import type { IncomingMessage, ServerResponse } from "node:http";

/** What an HTTP request is answered with. Bodies are fixed words of ours: never an error's text. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | string;
  readonly retryAfterSeconds?: number;
  /** Of a text that is not just any text. */
  readonly contentType?: string;
}

/** How long a refused sender has to read its answer before its connection is cut, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Sends the answer. A sender whose body was not read to its end gets the whole answer at once and a moment to read it, because a
 * connection that is cut while it still sends shows its sender a reset and no answer. What it sends meanwhile is not read.
 */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { body } = answer;
  const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  response.statusCode = answer.status;
  response.setHeader(
    "content-type",
    answer.contentType ?? (typeof body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8"),
  );
  response.setHeader("content-length", Buffer.byteLength(text));
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  if (answer.retryAfterSeconds !== undefined) response.setHeader("retry-after", answer.retryAfterSeconds);
  if (request.complete || !hasBody(request)) response.end(request.method === "HEAD" ? undefined : text);
  else letGo(request, response, text);
}

function letGo(request: IncomingMessage, response: ServerResponse, text: string): void {
  response.setHeader("connection", "close");
  response.write(text);
  const end = (): void => {
    clearTimeout(cut);
    response.end(() => request.socket.destroy());
  };
  const cut = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).on("error", end).pause();
}

const hasBody = (request: IncomingMessage): boolean =>
  request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
