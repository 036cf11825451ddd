import { digestOfJson } from "../core/digest.ts";
import type { Digest } from "../core/ids.ts";
import type { Message, ModelRequest } from "../core/messages.ts";

const digests = new WeakMap<object, Digest>();

function digestOnce(part: Message | ModelRequest["tools"]): Digest {
  const digest = digests.get(part) ?? digestOfJson(part);
  digests.set(part, digest);
  return digest;
}

/** Names a request by all that is in it. Messages and tools are never changed, so each is hashed once, however long the conversation gets. */
export const requestDigest = ({ messages, tools, ...rest }: ModelRequest): Digest =>
  digestOfJson({ ...rest, tools: digestOnce(tools), messages: messages.map(digestOnce).join(" ") });
