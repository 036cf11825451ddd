import { createHash } from "node:crypto";
import { Digest, Sha } from "./ids.ts";

/** SHA-256 of bytes or of UTF-8 text. */
export const digestOf = (content: Uint8Array | string): Digest =>
  Digest.parse(createHash("sha256").update(content).digest("hex"));

/** The name git gives to a blob with these bytes. */
export const blobSha = (bytes: Uint8Array): Sha =>
  Sha.parse(createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex"));

/**
 * JSON with object keys in code-point order, so that equal values give equal text. `undefined` members are left out,
 * as in `JSON.stringify`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

export const digestOfJson = (value: unknown): Digest => digestOf(canonicalJson(value));
