import type { Clock } from "../ports/clock.ts";
import type { Calls } from "./calls.ts";
import { makeClient, type Octokit } from "./client.ts";
import { makeIdentity } from "./identity.ts";
import type { Identity } from "./identity.ts";
import { makeMarkers } from "./marker.ts";
import type { Markers } from "./marker.ts";
import { GITHUB_PACE, makePacer, type Pace } from "./pacer.ts";
import { makeStored } from "./stored.ts";
import { makeTokens } from "./tokens.ts";

export interface ForgeOptions {
  readonly appId: number;
  /** PEM, PKCS#1 or PKCS#8. Comment markers are derived from it as well. */
  readonly privateKey: string;
  /** `github.com` or an Enterprise Server, with its port if it has one. */
  readonly host: string;
  readonly protocol?: "https" | "http";
  readonly clock: Clock;
  readonly userAgent: string;
  /** Overrides the REST address that follows from the host. */
  readonly baseUrl?: string;
  /** Every token is asked for with no permission but to read. */
  readonly readOnly?: boolean;
  /** Longest that one request may take, in milliseconds; 30 s unless told. */
  readonly timeoutMs?: number;
  /** How fast things may be created; unless told, what github.com asks for there, and no bound on an Enterprise Server. */
  readonly pace?: Pace;
}

/** The App signed in: what every read and write needs. */
export interface App {
  readonly id: number;
  /** Signed in as the App itself. */
  readonly octokit: Octokit;
  readonly calls: Calls;
  readonly markers: Markers;
  readonly identity: Identity;
}

const REQUEST_MS = 30_000;

/** Where the REST API of a host is. Tenants of ghe.com have it on a host of its own, an Enterprise Server under a path. */
export function apiUrl(host: string, protocol: "https" | "http" = "https"): string {
  if (host === "github.com") return "https://api.github.com";
  return host.endsWith(".ghe.com") ? `${protocol}://api.${host}` : `${protocol}://${host}/api/v3`;
}

const paceOf = (host: string): Pace | null => (host === "github.com" || host.endsWith(".ghe.com") ? GITHUB_PACE : null);

export function makeApp(options: ForgeOptions): App {
  const { appId, privateKey, host, clock } = options;
  const client = {
    baseUrl: options.baseUrl ?? apiUrl(host, options.protocol),
    userAgent: options.userAgent,
    timeoutMs: options.timeoutMs ?? REQUEST_MS,
  };
  const octokit = makeClient(client, { appId, privateKey });
  const pacer = makePacer(clock, options.pace ?? paceOf(host));
  const calls = {
    clock,
    tokens: makeTokens(octokit, { ...client, readOnly: options.readOnly ?? false }, clock),
    pacer,
    stored: makeStored(clock),
  };
  const identity = makeIdentity(octokit, calls, host.split(":", 1)[0] ?? host);
  return { id: appId, octokit, calls, markers: makeMarkers(privateKey), identity };
}

/** The App for one holder of a lease: `assertHeld` is asked right before each request leaves, and its tokens are its own to give back. */
export const leasedApp = (app: App, assertHeld: () => void): App => ({
  ...app,
  calls: { ...app.calls, assertHeld, tokens: app.calls.tokens.shared() },
});
