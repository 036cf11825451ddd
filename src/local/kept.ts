import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import { Actor } from "../core/subject.ts";

export const KeptComment = z.object({
  id: z.int().positive(),
  actor: Actor,
  body: z.string(),
  /** Null for what people wrote. */
  marker: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type KeptComment = z.infer<typeof KeptComment>;

/** What a forge without a server has to remember. */
const Kept = z.object({ comments: z.array(KeptComment), pullRequest: z.string().nullable() });
export type Kept = z.infer<typeof Kept>;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

async function readKept(path: string): Promise<Kept | null> {
  try {
    return Kept.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return null;
    throw new JourneymanError("storage_unavailable", { reason: `${path} cannot be read` }, { cause: error });
  }
}

export interface KeptFile {
  now(): Kept;
  /** On the disk when it resolves. One change after the other. */
  change(how: (kept: Kept) => Kept): Promise<void>;
}

/** The file `conversation.json` of a directory, which is made when it is not there; `first` is what it begins with. */
export async function openKept(directory: string, first: Kept): Promise<KeptFile> {
  const path = join(directory, "conversation.json");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let kept = (await readKept(path)) ?? first;
  let tail: Promise<void> = Promise.resolve();
  const write = async (how: (kept: Kept) => Kept): Promise<void> => {
    const next = how(kept);
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
    kept = next;
  };
  return {
    now: () => kept,
    change: (how) => {
      const done = tail.then(() => write(how));
      tail = done.catch(() => {});
      return done;
    },
  };
}
