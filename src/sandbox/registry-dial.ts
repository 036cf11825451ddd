import { lookup } from "node:dns/promises";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { JourneymanError } from "../core/errors.ts";
import { isPublicAddress } from "../core/public-address.ts";

/*
 * Connections to registries. A name is resolved, every answer is checked, and a new connection goes
 * to a checked answer; the certificate is still checked against the name.
 */

interface Address {
  readonly address: string;
  readonly family: number;
}

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

/** Every address the system knows for a name. Rejects when any of them is not of the open internet. */
async function resolvePublic(host: string): Promise<readonly Address[]> {
  const addresses = await lookup(host, { all: true });
  if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) throw refused();
  return addresses;
}

/** Gives a socket the very answers that were checked, and asks nobody again. */
const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (_, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };

/** @param privateHosts names that may have any address */
export function createDialer(privateHosts: readonly string[], connections: number): Dialer {
  const agents = {
    "http:": new HttpAgent({ keepAlive: true, maxSockets: connections }),
    "https:": new HttpsAgent({ keepAlive: true, maxSockets: connections }),
  };
  const send = (url: URL, options: RequestOptions): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === "https:";
      const agent = secure ? agents["https:"] : agents["http:"];
      const request = (secure ? httpsRequest : httpRequest)(url, { ...options, agent }, resolve);
      request.setTimeout(IDLE_MS, () => request.destroy(new JourneymanError("internal", { reason: "timeout" })));
      request.once("error", reject);
      request.end();
    });
  return {
    async get(url, { method, headers, signal }) {
      const host = url.hostname.replace(/^\[|\]$/g, "");
      const isPrivate = privateHosts.includes(host);
      const options = { method, headers, signal, maxHeaderSize: 64 * 1024 };
      if (isPrivate) return await send(url, options);
      return await send(url, { ...options, lookup: pinned(await resolvePublic(host)) });
    },
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}
