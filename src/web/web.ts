import type { IncomingMessage } from "node:http";
import type { NotFetched, Page, Web } from "../ports/web.ts";
import { httpsGet, isRefusedAddress } from "./https-get.ts";
import { decode, isText, readBody } from "./read-body.ts";

/*
 * Pages of allowed hosts. What an address says (path and query) reaches that host: a host is to be allowed only when it may know what the
 * work is about. W1 Only https, only hosts on the list, on each step of a redirect too. W2 No address inside our own networks, unless the
 * operator named the host as private. W3 No credential, no cookie, no body is ever sent. W4 Bytes, time and redirects are bounded.
 */

const MAX_BYTES = 2_097_152;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;
const MAX_URL = 2_000;

export interface WebOptions {
  /** In the form `host`, or `host:port` for another port than 443. */
  readonly hosts: readonly string[];
  readonly privateHosts?: readonly string[];
  readonly ca?: string;
  /** For tests: milliseconds in all. */
  readonly timeoutMs?: number;
}

export const createHttpsWeb = (options: WebOptions): Web => {
  const hosts = options.hosts.map((host) => host.toLowerCase());
  return {
    hosts,
    page: (url, signal) => page(url, { ...options, hosts }, signal),
    within: (others) => {
      const named = new Set(others.map((host) => host.toLowerCase()));
      return createHttpsWeb({
        ...options,
        hosts: hosts.filter((host) => named.has(host) || named.has(withoutPort(host))),
      });
    },
  };
};

const withoutPort = (host: string): string => host.replace(/:\d+$/, "");

const refused = (reason: string): NotFetched => ({ kind: "refused", reason });
const failed = (reason: string): NotFetched => ({ kind: "failed", reason });

async function page(given: string, options: WebOptions, signal: AbortSignal): Promise<Page | NotFetched> {
  const time = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const both = AbortSignal.any([signal, time]);
  try {
    return await followed(given, options, both);
  } catch (error) {
    if (isRefusedAddress(error)) return refused("is at a private address");
    if (time.aborted) return failed("took too long");
    return failed(signal.aborted ? "was given up" : `could not be had (${codeOf(error)})`);
  }
}

async function followed(given: string, options: WebOptions, signal: AbortSignal): Promise<Page | NotFetched> {
  let url = given;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const allowed = allow(url, options.hosts);
    if (!(allowed instanceof URL)) return redirects === 0 ? allowed : refused(`leads elsewhere: it ${allowed.reason}`);
    const message = await httpsGet(allowed, {
      signal,
      privateHosts: options.privateHosts ?? [],
      ...(options.ca !== undefined && { ca: options.ca }),
    });
    const next = redirectOf(message, allowed);
    if (next === null) return await pageOf(message, allowed);
    message.destroy();
    url = next;
  }
  return failed(`was redirected more than ${MAX_REDIRECTS} times`);
}

/** The address, when it may be read. */
function allow(given: string, hosts: readonly string[]): URL | NotFetched {
  const url = URL.parse(given);
  if (url === null || given.length > MAX_URL) return refused("has no address that can be read");
  if (url.protocol !== "https:") return refused("is not at an https address");
  if (url.username !== "" || url.password !== "") return refused("has a name or a password in its address");
  if (!hosts.includes(url.host)) return refused(`is at ${url.host}, which is not an allowed host`);
  url.hash = "";
  return url;
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): string | null {
  if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return null;
  return URL.parse(headers.location, from.href)?.href ?? "";
}

async function pageOf(message: IncomingMessage, url: URL): Promise<Page | NotFetched> {
  const { statusCode = 0, headers } = message;
  const contentType = headers["content-type"] ?? "text/plain";
  const problem =
    statusCode !== 200
      ? `was answered with status ${statusCode}`
      : !isText(contentType)
        ? "is not text"
        : (headers["content-encoding"] ?? "identity") !== "identity"
          ? "was sent packed, though that was not asked for"
          : null;
  if (problem !== null) {
    message.destroy();
    return failed(problem);
  }
  const { bytes, cut } = await readBody(message, MAX_BYTES);
  return { kind: "page", url: url.href, contentType, text: decode(bytes, contentType), cut };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "network";
