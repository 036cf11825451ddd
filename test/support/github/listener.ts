import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Answer, answerApi, failureAnswer } from "./api.ts";
import type { Faults } from "./faults.ts";
import { matchRoute } from "./router.ts";
import { answerGit, isGitPath } from "./smart-http.ts";
import { now, type RequestLog, type World } from "./world.ts";

const API = "/api/v3";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

function send(response: ServerResponse, answer: Answer, log: RequestLog): void {
  log.status = answer.status;
  const empty = answer.status === 204 || answer.status === 304;
  if (empty) delete answer.headers["content-type"];
  response.writeHead(answer.status, { ...answer.headers, ...(empty ? {} : { "content-length": answer.body.length }) });
  response.end(empty ? undefined : answer.body);
}

function startLog(world: World, { request, url }: Exchange, body: unknown): RequestLog {
  const log: RequestLog = {
    at: now(world),
    method: request.method ?? "GET",
    path: url.pathname.startsWith(API) ? url.pathname.slice(API.length) : url.pathname,
    query: url.search,
    route: null,
    status: null,
    effect: null,
    tokenId: null,
    body,
  };
  world.requests.push(log);
  return log;
}

function readable(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return body.toString("utf8");
  }
}

async function onApi(world: World, faults: Faults, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  const body = await buffer(request);
  const log = startLog(world, exchange, readable(body));
  const matched = matchRoute(log.method, log.path);
  log.route = matched?.route.path ?? null;
  const fault = faults.take(log.method, log.path, log.route);
  if (fault?.kind === "hang") return;
  if (fault !== null && !fault.kind.endsWith("_after")) {
    send(response, failureAnswer(world, fault), log);
    return;
  }
  const answer = await answerApi(world, { method: log.method, url, headers: request.headers, body, matched }, log);
  if (fault === null) send(response, answer, log);
  else if (fault.kind === "error_after") send(response, failureAnswer(world, fault), log);
  else if (fault.kind === "reset_after") response.destroy();
}

async function onGit(world: World, faults: Faults, exchange: Exchange): Promise<void> {
  const log = startLog(world, exchange, null);
  const fault = faults.take(log.method, log.path, null);
  if (fault?.kind === "hang") return;
  if (fault?.kind === "reset_after") exchange.response.destroy();
  else if (fault !== null) send(exchange.response, failureAnswer(world, fault), log);
  else await answerGit(world, exchange, log);
}

/** One HTTP request: the REST API under `/api/v3`, or git under `/<owner>/<name>.git`. */
export async function listen(
  world: World,
  faults: Faults,
  { request, response }: Pick<Exchange, "request" | "response">,
): Promise<void> {
  const url = new URL(request.url ?? "/", world.address.web);
  const exchange = { request, response, url };
  if (url.pathname.startsWith(`${API}/`)) await onApi(world, faults, exchange);
  else if (isGitPath(url.pathname)) await onGit(world, faults, exchange);
  else {
    world.faults.push(`${request.method} ${url.pathname}: neither the API nor a repository`);
    response.writeHead(404).end();
  }
}
