import { lookup } from "node:dns";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { JourneymanError } from "../core/errors.ts";
import { isPublicAddress } from "../core/public-address.ts";

/*
 * One GET over HTTPS. The name is resolved once, every answer is checked, and the connection goes to one of those answers: a name that is
 * resolved again could mean another host by then. The certificate is checked against the name.
 */

export interface GetOptions {
  readonly signal: AbortSignal;
  /** Hosts whose address may be private, because the operator named them so. */
  readonly privateHosts: readonly string[];
  /** Certificates of authorities to trust instead of the system's. */
  readonly ca?: string;
}

const HEADERS = {
  accept: "text/html, text/plain, text/*;q=0.9, application/json;q=0.8, application/xhtml+xml, application/xml;q=0.8",
  // What is sent packed could be a bomb.
  "accept-encoding": "identity",
  "user-agent": "journeyman",
};

/** An address was refused: told apart from trouble with the network by its details. */
export const isRefusedAddress = (error: unknown): boolean =>
  error instanceof JourneymanError && error.details["reason"] === "address";

const refused = (): JourneymanError => new JourneymanError("internal", { reason: "address" });

const checkedLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return done(error, "", 0);
    if (!addresses.every(({ address }) => isPublicAddress(address))) return done(refused(), "", 0);
    if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

/** Resolves at the response's head; its body is the message itself. */
export function httpsGet(url: URL, { signal, privateHosts, ca }: GetOptions): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const isPrivate = privateHosts.includes(url.host);
  // An address in numbers is never looked up, so it would never be checked.
  if (!isPrivate && isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0) return Promise.reject(refused());
  const sent = request(
    url,
    {
      method: "GET",
      agent: false,
      headers: HEADERS,
      signal,
      maxHeaderSize: 32_768,
      ...(ca !== undefined && { ca }),
      ...(!isPrivate && { lookup: checkedLookup }),
    },
    resolve,
  );
  sent.once("error", reject);
  sent.end();
  return promise;
}
