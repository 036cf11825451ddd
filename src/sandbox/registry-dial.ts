import { lookup } from "node:dns";
import type { LookupAddress } from "node:dns";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { JourneymanError } from "../core/errors.ts";
import { isPublicAddress } from "./registry-addresses.ts";

/*
 * Connections to registries. A name is resolved once for each connection, every answer is checked, and the connection goes
 * to a checked answer; the certificate is still checked against the name.
 */

export interface Dialer {
  /** The response's head; its body is the message itself. Rejects with the code `address` for an address that may not be dialled. */
  get(
    url: URL,
    options: { method: string; headers: OutgoingHttpHeaders; signal: AbortSignal },
  ): Promise<IncomingMessage>;
  close(): void;
}

const IDLE_MS = 60_000;

/** An address was refused: told apart from trouble with the network by its code. */
export const isRefusedAddress = (error: unknown): boolean =>
  error instanceof JourneymanError && error.details["reason"] === "address";

const refused = () => new JourneymanError("internal", { reason: "address" });

/** Resolves as the system does, and fails when any of the answers is not of the open internet. */
const checkedLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return done(error, []);
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) return done(refused(), []);
    if (options.all === true) return done(null, addresses);
    done(null, first.address, first.family);
  });
};

/** @param privateHosts names that may have any address */
export function createDialer(privateHosts: readonly string[], connections: number): Dialer {
  const agents = {
    "http:": new HttpAgent({ keepAlive: true, maxSockets: connections }),
    "https:": new HttpsAgent({ keepAlive: true, maxSockets: connections }),
  };
  return {
    get: (url, { method, headers, signal }) =>
      new Promise((resolve, reject) => {
        const host = url.hostname.replace(/^\[|\]$/g, "");
        const isPrivate = privateHosts.includes(host);
        if (!isPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return reject(refused());
        const secure = url.protocol === "https:";
        const options = {
          method,
          headers,
          signal,
          agent: secure ? agents["https:"] : agents["http:"],
          maxHeaderSize: 64 * 1024,
          ...(isPrivate ? {} : { lookup: checkedLookup }),
        };
        const request = (secure ? httpsRequest : httpRequest)(url, options, resolve);
        request.setTimeout(IDLE_MS, () => request.destroy(new JourneymanError("internal", { reason: "timeout" })));
        request.once("error", reject);
        request.end();
      }),
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}
