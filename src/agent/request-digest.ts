import { digestOfJson } from "../core/digest.ts";
import type { Digest } from "../core/ids.ts";
import type { Message, ModelRequest } from "../core/messages.ts";

const digests = new WeakMap<Message, Digest>();

/** Names a request by all that is in it. Messages are never changed, so each is hashed once, however long the conversation gets. */
export function requestDigest({ messages, ...rest }: ModelRequest): Digest {
  const names = messages.map((message) => {
    const digest = digests.get(message) ?? digestOfJson(message);
    digests.set(message, digest);
    return digest;
  });
  return digestOfJson({ ...rest, messages: names });
}
