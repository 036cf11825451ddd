import { createHash } from "node:crypto";
import { Sha } from "../core/ids.ts";

export interface Body {
  readonly blob: Sha;
  /** The very bytes that were hashed; null when they are more than may be kept. */
  readonly bytes: Uint8Array | null;
}

/** Reads a body once, naming it as git would. Bytes are kept only when `size` is at most `keepBytes`. */
export async function readBody(body: AsyncIterable<Uint8Array>, size: number, keepBytes: number): Promise<Body> {
  const hash = createHash("sha1").update(`blob ${size}\0`);
  const kept: Uint8Array[] = [];
  for await (const piece of body) {
    hash.update(piece);
    if (size <= keepBytes) kept.push(piece);
  }
  return { blob: Sha.parse(hash.digest("hex")), bytes: size <= keepBytes ? Buffer.concat(kept, size) : null };
}
