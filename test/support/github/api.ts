import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { FaultSpec } from "./faults.ts";
import { type Call, type Identity, Refusal, type Reply } from "./http.ts";
import { type Matched } from "./router.ts";
import { authorize, identify } from "./tokens.ts";
import { requestComplaints, responseComplaints } from "./validation.ts";
import { nowMs, type RequestLog, type World } from "./world.ts";

/** Requests an hour that an installation token has. */
const RATE_LIMIT = 5000;
const DOCUMENTATION = "https://docs.github.com/rest";

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly matched: Matched | null;
}

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

const refusalReply = (refusal: Refusal): Reply => ({
  status: refusal.status,
  body: {
    message: refusal.message,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
    documentation_url: DOCUMENTATION,
    status: String(refusal.status),
  },
});

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

/** Identify, authorize, check, run, check again: every request to the REST API goes through here. */
async function respond(world: World, request: ApiRequest, log: RequestLog): Promise<Reply> {
  const { method, url, headers, matched } = request;
  try {
    const identity: Identity = identify(world, headers);
    log.tokenId = identity.kind === "installation" ? identity.token.id : identity.kind === "app" ? "app" : null;
    if (matched === null) {
      world.faults.push(`${method} ${url.pathname}: unknown route`);
      throw new Refusal(501, "This route is not simulated");
    }
    const { route, params } = matched;
    const call: Call = { world, params, query: url.searchParams, headers, body: parseBody(request.body), identity };
    authorize(call, route);
    const complaints = requestComplaints(method, route.path, { query: call.query, body: call.body });
    if (complaints.length > 0) {
      world.faults.push(...complaints);
      throw new Refusal(422, "Invalid request.", complaints);
    }
    return await route.run(call);
  } catch (error) {
    if (error instanceof Refusal) return refusalReply(error);
    world.faults.push(
      `${method} ${url.pathname}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return refusalReply(new Refusal(500, "The simulator failed"));
  }
}

function rateHeaders(world: World, log: RequestLog): Record<string, string> {
  const used = world.requests.filter((one) => one.tokenId === log.tokenId).length;
  return {
    "x-ratelimit-limit": String(RATE_LIMIT),
    "x-ratelimit-remaining": String(Math.max(0, RATE_LIMIT - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.floor(nowMs(world) / 1000) + 3600),
    "x-ratelimit-resource": "core",
  };
}

function render(world: World, request: ApiRequest, reply: Reply): Answer {
  const json = reply.body === undefined ? "" : JSON.stringify(reply.body);
  const body = reply.raw ?? Buffer.from(json);
  const headers: Record<string, string> = {
    date: new Date(nowMs(world)).toUTCString(),
    "x-github-request-id": createHash("sha1").update(`${world.requests.length}`).digest("hex").slice(0, 20),
    "x-github-enterprise-version": "3.19.0",
    "content-type":
      reply.raw === undefined ? "application/json; charset=utf-8" : "application/vnd.github.raw+json; charset=utf-8",
    ...reply.headers,
  };
  if (request.method !== "GET" || reply.status !== 200) return { status: reply.status, headers, body };
  const etag = `W/"${createHash("sha256").update(body).digest("hex")}"`;
  headers["etag"] = etag;
  const same = request.headers["if-none-match"] === etag;
  return same ? { status: 304, headers, body: Buffer.alloc(0) } : { status: reply.status, headers, body };
}

/** Runs a request to its effect, and renders what the client would see. */
export async function answerApi(world: World, request: ApiRequest, log: RequestLog): Promise<Answer> {
  const reply = await respond(world, request, log);
  const { matched, method } = request;
  if (matched !== null) {
    const { status, body } = reply;
    world.faults.push(...responseComplaints(method, matched.route.path, { status, body }));
  }
  log.effect = reply.status;
  const answer = render(world, request, reply);
  return { ...answer, headers: { ...rateHeaders(world, log), ...answer.headers } };
}

/** The answer of an injected failure. */
export function failureAnswer(world: World, { kind, status = 502, seconds = 60 }: FaultSpec): Answer {
  const error = (code: number, message: string, headers: Record<string, string>): Answer => ({
    status: code,
    headers: {
      "content-type": "application/json; charset=utf-8",
      date: new Date(nowMs(world)).toUTCString(),
      ...headers,
    },
    body: Buffer.from(JSON.stringify({ message, documentation_url: DOCUMENTATION })),
  });
  if (kind === "secondary_limit") {
    return error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", {
      "retry-after": String(seconds),
    });
  }
  if (kind === "rate_limit") {
    return error(403, "API rate limit exceeded for installation.", {
      "x-ratelimit-limit": String(RATE_LIMIT),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-used": String(RATE_LIMIT),
      "x-ratelimit-reset": String(Math.ceil(nowMs(world) / 1000) + seconds),
      "x-ratelimit-resource": "core",
    });
  }
  return error(status, status === 502 ? "Server Error" : "Injected failure", {});
}
