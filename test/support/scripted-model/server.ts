import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { status } from "./answer.ts";
import type { Answer, Refusal, Turn } from "./answer.ts";
import { createPromptCache, tokensOf } from "./cache.ts";
import type { PromptCache } from "./cache.ts";
import { WireRequest, hashOf, scriptRequest, withoutMarks } from "./request.ts";
import type { ScriptRequest, WireMessage } from "./request.ts";
import { faultIn } from "./rules.ts";
import { answerOf } from "./script.ts";
import type { Script } from "./script.ts";
import { outputTokens, stream, wholeMessage } from "./stream.ts";
import type { Billed, Message } from "./stream.ts";

/** A request as it came, in the order of arrival, refused ones included. */
export interface RecordedRequest {
  /** The body's very bytes. */
  readonly raw: string;
  /** Null when the body could not be read as a request. */
  readonly request: ScriptRequest | null;
  readonly headers: IncomingMessage["headers"];
  readonly status: number;
  /** What was charged; null when the request was refused. */
  readonly usage: Billed | null;
}

export interface ScriptedModel {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** From now on answers from this script. What was recorded and cached stays. */
  follow(script: Script): void;
  close(): Promise<void>;
}

export interface ScriptedModelOptions {
  readonly script: Script;
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** The one key that is let in; left out: any. */
  readonly apiKey?: string;
  /** Told once where the server listens, and that its answers are scripted. */
  readonly announce?: (line: string) => void;
}

const MOST_BYTES = 32 * 1024 * 1024;
const COUNT_TOKENS = "/v1/messages/count_tokens";

interface Scene {
  readonly options: ScriptedModelOptions;
  readonly cache: PromptCache;
  readonly requests: RecordedRequest[];
  /** How often each body has come, by its hash. */
  readonly attempts: Map<string, number>;
  /** Texts of answers that ended in `pause_turn`. */
  readonly paused: Set<string>;
  script: Script;
}

/** A model that speaks Anthropic's Messages API on 127.0.0.1 and says what its script says. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const scene: Scene = {
    options,
    cache: createPromptCache(),
    requests: [],
    attempts: new Map(),
    paused: new Set(),
    script: options.script,
  };
  const server = createServer((incoming, response) => {
    handle(scene, incoming, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, status(500, { message: `scripted model: ${String(error)}` }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  options.announce?.(`scripted model (no real model) listening on ${url}`);
  return {
    url,
    requests: scene.requests,
    follow: (script) => void (scene.script = script),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(scene: Scene, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("x-scripted", "true");
  if (incoming.method === "GET") return answerGet(scene, incoming, response);
  const body = await buffer(incoming);
  const raw = body.toString("utf8");
  response.setHeader("request-id", `req_scripted_${scene.requests.length + 1}`);
  const wire = readRequest(scene, incoming, raw, body.length);
  if (wire.kind === "status") {
    scene.requests.push({ raw, request: null, headers: incoming.headers, status: wire.status, usage: null });
    return refuse(response, wire);
  }
  if (incoming.url?.startsWith(COUNT_TOKENS) === true) {
    return void response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ input_tokens: tokensOf(wire.request) }));
  }
  const hash = hashOf(withoutMarks(raw));
  const attempt = (scene.attempts.get(hash) ?? 0) + 1;
  scene.attempts.set(hash, attempt);
  const request = scriptRequest(wire.request, attempt);
  const answer = await answerOf(scene.script, request);
  const usage = billed(scene.cache, wire.request, answer);
  const code = answer.kind === "status" ? answer.status : 200;
  scene.requests.push({ raw, request, headers: incoming.headers, status: code, usage });
  if (answer.kind === "status") return refuse(response, answer);
  if (answer.fault === "silent") return;
  if (answer.fault === "reset" || usage === null) return void incoming.socket.resetAndDestroy();
  await say(scene, response, { turn: answer, wire: wire.request, id: `msg_${hash.slice(0, 24)}`, usage });
}

/** An answer cut short is charged like a whole one. */
function billed(cache: PromptCache, request: WireRequest, answer: Answer): Billed | null {
  if (answer.kind === "status" || answer.fault === "silent" || answer.fault === "reset") return null;
  return { ...cache.account(request), output: outputTokens(answer) };
}

async function say(
  scene: Scene,
  response: ServerResponse,
  said: { turn: Turn; wire: WireRequest; id: string; usage: Billed },
): Promise<void> {
  const { turn, wire, id, usage } = said;
  const message: Message = { id, model: wire.model, blocks: turn.blocks, stop: turn.stop, usage };
  if (turn.stop === "pause_turn") scene.paused.add(textIn(turn.blocks));
  if (!wire.stream) {
    return void response.setHeader("content-type", "application/json").end(JSON.stringify(wholeMessage(message)));
  }
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.flushHeaders();
  await stream(response, message, turn);
}

type Read = { readonly kind: "request"; readonly request: WireRequest } | Refusal;

function readRequest(scene: Scene, incoming: IncomingMessage, raw: string, bytes: number): Read {
  if (incoming.method !== "POST" || incoming.url?.startsWith("/v1/messages") !== true) return status(404);
  const unknown = unknownKey(scene, incoming);
  if (unknown !== null) return unknown;
  if (incoming.headers["anthropic-version"] === undefined) {
    return status(400, { message: "anthropic-version: header is required" });
  }
  if (bytes > MOST_BYTES) return status(413, { message: "Request exceeds the maximum size" });
  const counting = incoming.url.startsWith(COUNT_TOKENS);
  const parsed = WireRequest.safeParse({ ...(counting && { max_tokens: 1 }), ...jsonOf(raw) });
  if (!parsed.success)
    return status(400, {
      message: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    });
  const fault = faultIn(parsed.data, (message: WireMessage) => scene.paused.has(textIn(message.content)));
  return fault === null ? { kind: "request", request: parsed.data } : status(400, { message: fault });
}

/** The key is in the sentence on purpose: no caller may pass it on. */
function unknownKey(scene: Scene, incoming: IncomingMessage): Refusal | null {
  const key = keyOf(incoming.headers);
  const known = key !== null && key === (scene.options.apiKey ?? key);
  return known ? null : status(401, { message: `invalid x-api-key: ${String(key)}` });
}

/** The list of models, empty: enough to try a key with. Not recorded, since nothing is asked of a model. */
function answerGet(scene: Scene, incoming: IncomingMessage, response: ServerResponse): void {
  const found = incoming.url?.startsWith("/v1/models") === true;
  const refusal = unknownKey(scene, incoming) ?? (found ? null : status(404));
  if (refusal !== null) return refuse(response, refusal);
  const page = { data: [], has_more: false, first_id: null, last_id: null };
  response.setHeader("content-type", "application/json").end(JSON.stringify(page));
}

/** The key as the vendor takes it: in its own header, or as a bearer token. */
function keyOf(headers: IncomingMessage["headers"]): string | null {
  const own = headers["x-api-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? null;
}

/** The body's object; nothing when it is not one. */
function jsonOf(raw: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const textIn = (blocks: readonly { type: string; text?: unknown }[]): string =>
  JSON.stringify(blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])));

function refuse(response: ServerResponse, refusal: Refusal): void {
  const body = typeof refusal.body === "string" ? refusal.body : JSON.stringify(refusal.body);
  response.writeHead(refusal.status, { "content-type": "application/json", ...refusal.headers }).end(body);
}
