import { Webhooks } from "@octokit/webhooks";

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * Makes the check of a delivery's signature (HMAC-SHA256 over the raw bytes, compared in constant time).
 * Several secrets are accepted at once so that one can be replaced without losing a delivery; an empty one matches nothing.
 * The check gives the body's text when a secret fits, else null. A body that is not UTF-8 is no delivery.
 */
export function makeSignatureCheck(
  secrets: readonly string[],
): (body: Uint8Array, signature: string | undefined) => Promise<string | null> {
  const doors = secrets.filter((secret) => secret !== "").map((secret) => new Webhooks({ secret }));
  return async (body, signature) => {
    if (signature === undefined || !SIGNATURE.test(signature) || body.byteLength === 0) return null;
    const text = decode(body);
    if (text === null) return null;
    const fits = await Promise.all(doors.map((door) => door.verify(text, signature)));
    return fits.includes(true) ? text : null;
  };
}

/** Keeps a byte order mark, so that the text encodes to the very bytes that were signed. */
function decode(body: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}
