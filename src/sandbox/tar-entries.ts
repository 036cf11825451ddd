import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Transform } from "node:stream";
import { extract } from "tar-stream";
import type { Header } from "tar-stream";
import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";

/*
 * A tar read as a sequence of entries. Nothing is written, followed or believed: names are only names, sizes only what
 * follows. A tar that was cut off is an error even when it was cut between two entries, since a missing file would
 * otherwise read as a deleted one.
 */

export interface TarEntry {
  /** Relative to the root of the tar, without `./` in front or `/` behind; empty for the root itself. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "whiteout" | "hard_link" | "other";
  /** What is known of a thing that is not a file, in words. */
  readonly words: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  /** The folder hides everything beneath it in the layers below. */
  readonly opaque: boolean;
  /** The kernel keeps this entry's content under another name, so it cannot be read from here. */
  readonly redirected: boolean;
  /** Must be read to its end, or not at all. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Two empty blocks end a tar. */
const END_BYTES = 1024;

/** Passes bytes on and remembers whether the last ones were the end mark. */
function createEndCheck() {
  let zeros = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let tail = chunk.byteLength;
      while (tail > 0 && chunk.byteLength - tail < END_BYTES && chunk[tail - 1] === 0) tail--;
      const trailing = chunk.byteLength - tail;
      zeros = trailing === chunk.byteLength ? Math.min(END_BYTES, zeros + trailing) : trailing;
      done(null, chunk);
    },
  });
  return { stream, isEnded: () => zeros >= END_BYTES };
}

const XATTR = "SCHILY.xattr.trusted.overlay.";

function kindOf(header: Header): TarEntry["kind"] {
  switch (header.type) {
    case "file":
      return "file";
    case "directory":
      return "folder";
    case "symlink":
      return "symlink";
    case "link":
      return "hard_link";
    case "character-device":
      return header.devmajor === 0 && header.devminor === 0 ? "whiteout" : "other";
    default:
      return "other";
  }
}

/** `./a/` as `a`. Only what tar itself adds is taken off; everything else is left for the judge of names. */
function rootless(name: string): string {
  let path = name;
  while (path.startsWith("./")) path = path.slice(2);
  if (path.endsWith("/")) path = path.slice(0, -1);
  return path === "." ? "" : path;
}

const Attributes = z.record(z.string(), z.string()).nullish();

function entryOf(header: Header, body: AsyncIterable<Uint8Array>): TarEntry {
  const pax = Attributes.parse(header.pax) ?? {};
  return {
    path: rootless(header.name),
    kind: kindOf(header),
    words:
      header.type === "link"
        ? `a hard link to ${header.linkname ?? ""}`
        : `a ${header.type ?? "thing of unknown kind"}`,
    mode: header.mode ?? 0o644,
    size: header.size ?? 0,
    target: header.linkname ?? "",
    opaque: pax[`${XATTR}opaque`] === "y",
    redirected: `${XATTR}redirect` in pax || `${XATTR}metacopy` in pax,
    body,
  };
}

const unreadable = (cause: unknown) =>
  new JourneymanError("sandbox_lost", { reason: "its files could not be read" }, { cause });

async function* piecesOf(source: AsyncIterable<unknown>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of source) if (piece instanceof Uint8Array) yield piece;
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

/**
 * The entries of a tar, in its order. Bodies that are not read are skipped. Throws `sandbox_lost` when the tar is broken or
 * cut off, and the signal's reason when it fires. Stopping early destroys the source.
 */
export async function* readTar(tar: Readable, signal: AbortSignal): AsyncGenerator<TarEntry> {
  const entries = extract();
  const end = createEndCheck();
  const piping = pipeline(tar, end.stream, entries, { signal });
  piping.catch(() => {}); // Heard below; a reader who stops early does not care.
  try {
    for await (const entry of entries) {
      yield entryOf(entry.header, piecesOf(entry, signal));
      entry.resume();
    }
    await piping;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof JourneymanError ? error : unreadable(error);
  } finally {
    tar.destroy();
  }
  if (!end.isEnded()) throw unreadable("no end mark");
}
