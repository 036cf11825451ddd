import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { JourneymanError } from "../core/errors.ts";
import type { Sha } from "../core/ids.ts";
import type { GitSetup } from "./command.ts";
import { startGit } from "./command.ts";

/*
 * Reading many blobs from one `git cat-file --batch`. The answers come in the order of the questions, so questions can be
 * written while answers are read, and nothing is held in memory but the blob at hand.
 */

/** A blob's bytes in pieces; all pieces must be read before the next blob is asked for. */
export interface Blob {
  readonly size: number;
  readonly pieces: () => AsyncIterable<Buffer>;
}

const broken = (what: string) =>
  new JourneymanError("mirror_failed", { reason: `git's answer cannot be read (${what})` });

/** Reads a stream by line and by count. */
function createCursor(stream: Readable) {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { value, done } = await chunks.next();
    if (done === true) throw broken("it ended early");
    return value;
  };
  const line = async (): Promise<string> => {
    for (let end = rest.indexOf(10); ; end = rest.indexOf(10)) {
      if (end !== -1) {
        const text = rest.toString("latin1", 0, end);
        rest = rest.subarray(end + 1);
        return text;
      }
      if (rest.byteLength > 1024) throw broken("a line is too long");
      rest = Buffer.concat([rest, await more()]);
    }
  };
  const take = async function* (count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (rest.byteLength === 0) rest = await more();
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  };
  return { line, take };
}

async function ask(stdin: Writable, blobs: Iterable<Sha>): Promise<void> {
  let batch = "";
  for (const blob of blobs) {
    batch += `${blob}\n`;
    if (batch.length < 16_384) continue;
    if (!stdin.write(batch) && !stdin.destroyed) await Promise.race([once(stdin, "drain"), once(stdin, "close")]);
    batch = "";
  }
  stdin.end(batch);
}

/** Yields one blob for each name, in order. Throws `mirror_failed` when one is missing. */
async function* readBlobs(
  batch: { readonly stdin: Writable; readonly stdout: Readable },
  names: readonly Sha[],
): AsyncGenerator<Blob> {
  const cursor = createCursor(batch.stdout);
  const asking = ask(batch.stdin, names);
  asking.catch(() => {}); // Seen below; here only so that it is never unheard.
  for (const name of names) {
    const [answered, type, digits = ""] = (await cursor.line()).split(" ");
    if (answered !== name || type !== "blob" || !/^\d+$/.test(digits)) throw broken(`no blob ${name}`);
    const size = Number(digits);
    yield { size, pieces: () => cursor.take(size) };
    if ((await cursor.line()) !== "") throw broken(`${name} has another size`);
  }
  await asking;
}

/** Gives `use` the named blobs of a bare repository, in order. Throws `mirror_failed` when one is missing. */
export async function withBlobs(
  setup: GitSetup,
  from: { readonly gitDir: string; readonly names: readonly Sha[]; readonly signal: AbortSignal },
  use: (blobs: AsyncIterable<Blob>) => Promise<void>,
): Promise<void> {
  const batch = startGit(setup, { gitDir: from.gitDir, args: ["cat-file", "--batch"], signal: from.signal });
  try {
    await use(readBlobs(batch, from.names));
  } finally {
    batch.stdin.destroy();
    batch.stdout.destroy();
    await batch.ended;
  }
}
