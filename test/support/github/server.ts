import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFaults, type Fault, type FaultSpec } from "./faults.ts";
import { createInspection, type Inspection } from "./inspection.ts";
import { listen } from "./listener.ts";
import { createPeople, ensureInstallation, ensureUser, type People } from "./people.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";
import { nextId, now, type Permissions, type RequestLog, type Token, type World } from "./world.ts";

export interface GithubOptions {
  /** Where deliveries go; may be set later on `webhooks.url`. */
  readonly webhookUrl?: string;
  /** A free one unless told. */
  readonly port?: number;
  readonly slug?: string;
  readonly permissions?: Permissions;
  /** What the App subscribes to. */
  readonly events?: readonly string[];
  /** The account the App is installed on from the start. */
  readonly owner?: string;
}

export interface Github extends People, Inspection {
  /** `127.0.0.1:PORT`, for `GHE_HOST`; the protocol is `http`. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`: git is at `<url>/<owner>/<name>.git`. */
  readonly url: string;
  /** `http://127.0.0.1:PORT/api/v3` */
  readonly api: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    /** PEM. */
    readonly privateKey: string;
    readonly webhookSecret: string;
    /** The installation on the first owner. */
    readonly installationId: number;
    /** Login of the App's own account, `slug[bot]`. */
    readonly login: string;
  };
  readonly webhooks: Webhooks;
  readonly fault: (spec: FaultSpec) => Fault;
  /** Everything that GitHub's own description forbids, and routes that are not simulated. Assert that it is empty. */
  readonly faults: readonly string[];
  readonly requests: readonly RequestLog[];
  readonly tokens: readonly Token[];
  /** Moves the simulator's clock; tokens and JWTs age by it. Milliseconds. */
  readonly advance: (milliseconds: number) => void;
  readonly stop: () => Promise<void>;
}

const PERMISSIONS: Permissions = {
  metadata: "read",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  checks: "write",
};
const EVENTS = ["issues", "issue_comment", "pull_request"];
/** Ids start here, so that they are never mistaken for issue numbers. */
const FIRST_ID = 100_000;

interface Start {
  readonly options: GithubOptions;
  readonly publicKey: string;
  readonly host: string;
  readonly repositories: string;
}

function createWorld({ options, publicKey, host, repositories }: Start): World {
  const slug = options.slug ?? "journeyman";
  const createdAt = "2026-01-01T00:00:00Z";
  const id = FIRST_ID + 1;
  const webhookSecret = "simulated-webhook-secret";
  const world: World = {
    address: { host, web: `http://${host}`, api: `http://${host}/api/v3`, repositories },
    clockAhead: 0,
    lastId: FIRST_ID + 3,
    app: {
      id,
      slug,
      publicKey: createPublicKey(publicKey),
      webhookSecret,
      permissions: options.permissions ?? PERMISSIONS,
      events: options.events ?? EVENTS,
      bot: { id: FIRST_ID + 2, login: `${slug}[bot]`, type: "Bot", createdAt },
      owner: { id: FIRST_ID + 3, login: options.owner ?? "acme", type: "Organization", createdAt },
    },
    users: new Map(),
    installations: new Map(),
    repositories: new Map(),
    tokens: [],
    requests: [],
    faults: [],
    webhooks: createWebhooks({
      secret: webhookSecret,
      appId: id,
      now: () => now(world),
      nextId: () => nextId(world),
    }),
  };
  world.users.set(world.app.bot.id, world.app.bot);
  world.users.set(world.app.owner.id, world.app.owner);
  world.webhooks.url = options.webhookUrl ?? null;
  return world;
}

type Keys = { readonly privateKey: string; readonly publicKey: string };
let keys: Keys | null = null;
/** The App's key pair: made once a process, because making one takes a quarter of a second. */
function keyPair(): Keys {
  keys ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return keys;
}

/** Starts a GitHub on loopback, in the shape of an Enterprise Server: REST, git over HTTP and webhooks, with state. */
export async function startGithub(options: GithubOptions = {}): Promise<Github> {
  const { privateKey, publicKey } = keyPair();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repositories = await mkdtemp(join(tmpdir(), "github-simulator-"));
  const world = createWorld({ options, publicKey, host, repositories });
  const { app } = world;
  const faults = createFaults();
  server.on("request", (request, response) => {
    listen(world, faults, { request, response }).catch((error: unknown) => {
      world.faults.push(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  const { installation } = ensureInstallation(world, ensureUser(world, app.owner.login));
  const { id, slug, webhookSecret, bot } = app;
  return {
    ...createPeople(world),
    ...createInspection(world),
    host,
    url: world.address.web,
    api: world.address.api,
    app: { id, slug, privateKey, webhookSecret, installationId: installation.id, login: bot.login },
    webhooks: world.webhooks,
    fault: faults.inject,
    faults: world.faults,
    requests: world.requests,
    tokens: world.tokens,
    advance: (milliseconds) => {
      world.clockAhead += milliseconds;
    },
    async stop() {
      await world.webhooks.settled();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(repositories, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
