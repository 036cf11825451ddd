import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack, type Pack } from "tar-stream";
import { digestOf } from "../core/digest.ts";
import { asJourneymanError, JourneymanError } from "../core/errors.ts";
import type { StoredEvent } from "../core/events.ts";
import { factLine } from "../journal/fact-line.ts";
import type { Digest } from "../core/ids.ts";
import { findReferences } from "../core/references.ts";
import type { Artifacts } from "../ports/journal.ts";
import { ARCHIVE_FORMAT, artifactMember, FACTS_MEMBER, type Manifest, MANIFEST_MEMBER } from "./archive-manifest.ts";
import { packageVersion } from "./package-version.ts";
import type { WholeRun } from "./whole-run.ts";

interface Entry {
  readonly name: string;
  readonly at: Date;
}

async function add(tar: Pack, { name, at }: Entry, bytes: Uint8Array): Promise<Manifest["members"][number]> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  tar.entry({ name, mtime: at, mode: 0o644 }, Buffer.from(bytes), (error) => (error ? reject(error) : done()));
  await promise;
  return { name, bytes: bytes.byteLength, sha256: digestOf(bytes) };
}

const artifactsOf = (facts: readonly StoredEvent[]): readonly Digest[] => {
  const found = new Set<Digest>();
  for (const { event } of facts) findReferences(event.type, event, found);
  return [...found].toSorted();
};

async function bytesOf(artifacts: Pick<Artifacts, "get">, digest: Digest): Promise<Uint8Array | null> {
  try {
    return await artifacts.get(digest);
  } catch (thrown) {
    if (asJourneymanError(thrown).code === "artifact_missing") return null;
    throw thrown;
  }
}

/** One member after the other: no more than one artifact is held. */
async function fill(tar: Pack, { run, facts, artifacts }: WholeRun): Promise<Manifest> {
  const at = new Date(facts.at(-1)?.at ?? 0);
  const lines = new TextEncoder().encode(facts.map((fact) => `${factLine(fact)}\n`).join(""));
  const members = [await add(tar, { name: FACTS_MEMBER, at }, lines)];
  const missing: Digest[] = [];
  for (const digest of artifactsOf(facts)) {
    const bytes = await bytesOf(artifacts, digest);
    if (bytes === null) missing.push(digest);
    else members.push(await add(tar, { name: artifactMember(digest), at }, bytes));
  }
  const counts = { facts: facts.length, artifacts: members.length - 1, missing, members };
  const manifest: Manifest = { format: ARCHIVE_FORMAT, run, version: packageVersion(), ...counts };
  await add(tar, { name: MANIFEST_MEMBER, at }, new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
  tar.finalize();
  return manifest;
}

async function writeAll(path: string, archived: WholeRun): Promise<Manifest> {
  const tar = pack();
  const writing = pipeline(tar, createGzip(), createWriteStream(path, { flags: "wx", mode: 0o600 }));
  const filling = fill(tar, archived).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : undefined);
    throw error;
  });
  const [manifest] = await Promise.all([filling, writing]);
  const file = await open(path, "r");
  await file.sync().finally(() => file.close());
  return manifest;
}

/** A name that somebody took meanwhile is not taken from them. */
async function place(temporary: string, path: string): Promise<void> {
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? new JourneymanError("archive_exists", { path }) : error;
  });
}

const asUnavailable = (thrown: unknown): unknown =>
  thrown instanceof Error && "syscall" in thrown
    ? new JourneymanError("storage_unavailable", { reason: thrown.message }, { cause: thrown })
    : thrown;

/** Whole under its name, or not there at all. @throws archive_exists, storage_unavailable, artifacts_refused */
export async function writeArchive(given: string, archived: WholeRun, force: boolean): Promise<Manifest> {
  const path = resolve(given);
  if (!force && existsSync(path)) throw new JourneymanError("archive_exists", { path });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const manifest = await writeAll(temporary, archived);
    await (force ? rename(temporary, path) : place(temporary, path));
    return manifest;
  } catch (thrown) {
    throw asUnavailable(thrown);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
