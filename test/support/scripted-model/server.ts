import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { status } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import { ANTHROPIC, COUNT_TOKENS } from "./anthropic.ts";
import { tokensOf } from "./cache.ts";
import type { PromptCache } from "./cache.ts";
import type { Billed, Dialect, Message, Read } from "./dialect.ts";
import { hashOf, scriptRequest, withoutMarks } from "./request.ts";
import type { ScriptRequest, WireMessage, WireRequest } from "./request.ts";
import { answerOf } from "./script.ts";
import type { Script } from "./script.ts";
import { send } from "./sending.ts";
import { outputTokens } from "./stream.ts";

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
  /** The client went away before a paced answer had left; it was charged for the part that had. */
  readonly abandoned: boolean;
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

interface Scene {
  readonly dialect: Dialect;
  readonly options: ScriptedModelOptions;
  readonly cache: PromptCache;
  readonly requests: RecordedRequest[];
  /** How often each body has come, by its hash. */
  readonly attempts: Map<string, number>;
  /** Texts of answers that ended in `pause_turn`. */
  readonly paused: Set<string>;
  script: Script;
}

/** A model that speaks Anthropic's Messages API, or another dialect, on 127.0.0.1 and says what its script says. */
export async function startScriptedModel(
  options: ScriptedModelOptions,
  dialect: Dialect = ANTHROPIC,
): Promise<ScriptedModel> {
  const scene: Scene = {
    dialect,
    options,
    cache: dialect.createCache(),
    requests: [],
    attempts: new Map(),
    paused: new Set(),
    script: options.script,
  };
  const server = createServer((incoming, response) => {
    handle(scene, incoming, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(scene, response, status(500, { message: `scripted model: ${String(error)}` }));
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
  response.setHeader(scene.dialect.requestIdHeader, `req_scripted_${scene.requests.length + 1}`);
  const about = { raw, headers: incoming.headers, abandoned: false };
  const wire = readRequest(scene, incoming, { raw, bytes: body.length });
  if (wire.kind === "status") {
    scene.requests.push({ ...about, request: null, status: wire.status, usage: null });
    return refuse(scene, response, wire);
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
  const place = scene.requests.push({ ...about, request, status: code, usage }) - 1;
  if (answer.kind === "status") return refuse(scene, response, answer);
  if (answer.fault === "silent") return;
  if (answer.fault === "reset" || usage === null) return void incoming.socket.resetAndDestroy();
  const message = { id: hash.slice(0, 24), model: wire.request.model, turn: answer, usage };
  const share = await say(scene, response, { message, stream: wire.request.stream, path: incoming.url ?? "" });
  if (share < 1) scene.requests[place] = abandonedAt(share, { ...about, request, status: code, usage });
}

const abandonedAt = (share: number, recorded: RecordedRequest & { readonly usage: Billed }): RecordedRequest => ({
  ...recorded,
  usage: { ...recorded.usage, output: Math.ceil(recorded.usage.output * share) },
  abandoned: true,
});

/** An answer cut short is charged like a whole one. */
function billed(cache: PromptCache, request: WireRequest, answer: Answer): Billed | null {
  if (answer.kind === "status" || answer.fault === "silent" || answer.fault === "reset") return null;
  return { ...cache.account(request), output: outputTokens(answer) };
}

async function say(
  { dialect, paused }: Scene,
  response: ServerResponse,
  { message, stream, path }: { message: Message; stream: boolean; path: string },
): Promise<number> {
  const { turn } = message;
  if (turn.stop === "pause_turn") paused.add(textIn(turn.blocks));
  if (!stream) {
    response.setHeader("content-type", "application/json").end(JSON.stringify(dialect.whole(message)));
    return 1;
  }
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.flushHeaders();
  return send(response, dialect.pieces(path, message), { dialect, turn });
}

function readRequest(scene: Scene, incoming: IncomingMessage, sent: { raw: string; bytes: number }): Read {
  if (incoming.method !== "POST" || !scene.dialect.asks(incoming.url ?? "")) return status(404);
  const unknown = unknownKey(scene, incoming);
  if (unknown !== null) return unknown;
  if (sent.bytes > MOST_BYTES) return status(413, { message: "Request exceeds the maximum size" });
  return scene.dialect.read(incoming, sent.raw, (message: WireMessage) => scene.paused.has(textIn(message.content)));
}

/** The key is in the sentence on purpose: no caller may pass it on. */
function unknownKey({ dialect, options }: Scene, incoming: IncomingMessage): Refusal | null {
  const key = dialect.keyOf(incoming.headers);
  const known = key !== null && key === (options.apiKey ?? key);
  return known ? null : status(401, { message: `invalid x-api-key: ${String(key)}` });
}

/** The list of models, empty: enough to try a key with. Not recorded, since nothing is asked of a model. */
function answerGet(scene: Scene, incoming: IncomingMessage, response: ServerResponse): void {
  const found = incoming.url?.startsWith("/v1/models") === true;
  const refusal = unknownKey(scene, incoming) ?? (found ? null : status(404));
  if (refusal !== null) return refuse(scene, response, refusal);
  response.setHeader("content-type", "application/json").end(JSON.stringify(scene.dialect.models));
}

const textIn = (blocks: readonly { type: string; text?: unknown }[]): string =>
  JSON.stringify(blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])));

function refuse({ dialect }: Scene, response: ServerResponse, refusal: Refusal): void {
  const { body } = refusal;
  const sent = typeof body === "string" ? body : JSON.stringify(dialect.refusal(refusal));
  response.writeHead(refusal.status, { "content-type": "application/json", ...refusal.headers }).end(sent);
}
