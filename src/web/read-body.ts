import type { IncomingMessage } from "node:http";

const TEXT = /^(?:text\/[\w.+-]+|application\/(?:json|xml|xhtml\+xml|[\w.-]+\+(?:json|xml)))$/i;

/** Whether a page of this type can be read by a model. */
export const isText = (contentType: string): boolean => TEXT.test(contentType.split(";")[0]?.trim() ?? "");

/** The first bytes of a body, and whether there were more; what is beyond is not taken off the wire. */
export async function readBody(
  message: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly cut: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > maxBytes) break;
  }
  message.destroy();
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), cut: length > maxBytes };
}

/** By the charset that the header names, else UTF-8; bytes that do not fit become U+FFFD. */
export function decode(bytes: Uint8Array, contentType: string): string {
  const charset = /charset="?([\w.:-]{1,40})"?/i.exec(contentType)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
