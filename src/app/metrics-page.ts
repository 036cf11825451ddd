import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "./http-answer.ts";

/*
 * `GET /metrics`. The page names who pays for the work and how much: it is not for the world, which reaches the web side through a proxy.
 * With a token, who knows the token reads it. Without one, who sits at this machine does: a connection from the machine itself, to a name
 * of the machine itself, that no proxy says it has passed on.
 */

export interface MetricsPage {
  readonly text: () => Promise<string>;
  readonly token?: string | undefined;
}

const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;
const PASSED_ON = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

const NEEDS_TOKEN: Answer = { status: 401, body: { error: "send the token: Authorization: Bearer METRICS_TOKEN" } };
const ONLY_HERE: Answer = {
  status: 403,
  body: { error: "without METRICS_TOKEN the metrics are shown to this machine only" },
};

const hashed = (text: string): Buffer => createHash("sha256").update(text).digest();

const knows = ({ headers }: IncomingMessage, token: string): boolean =>
  timingSafeEqual(hashed(headers.authorization ?? ""), hashed(`Bearer ${token}`));

/** A proxy that says nothing of itself mostly speaks HTTP/1.0 to the server behind it; nobody else does any more. */
const isFromHere = ({ socket, headers, httpVersion }: IncomingMessage): boolean =>
  LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") &&
  LOOPBACK_HOST.test(headers.host ?? "") &&
  httpVersion !== "1.0" &&
  PASSED_ON.every((name) => headers[name] === undefined);

export async function answerMetrics({ text, token }: MetricsPage, request: IncomingMessage): Promise<Answer> {
  if (token !== undefined && !knows(request, token)) return NEEDS_TOKEN;
  if (token === undefined && !isFromHere(request)) return ONLY_HERE;
  return { status: 200, body: await text(), contentType: "text/plain; version=0.0.4; charset=utf-8" };
}
