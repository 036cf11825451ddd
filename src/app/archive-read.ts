import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { digestOf } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import type { StoredEvent } from "../core/events.ts";
import { readFactLine } from "../journal/fact-line.ts";
import { Digest } from "../core/ids.ts";
import { artifactMember, FACTS_MEMBER, Manifest, MANIFEST_MEMBER } from "./archive-manifest.ts";
import type { WholeRun } from "./whole-run.ts";

/*
 * Reads what archive-write.ts wrote, without a journal. Nothing of an archive is believed before all of it was compared with its manifest.
 */

type Damaged = (place: string, reason: string) => JourneymanError;

const damagedIn =
  (path: string): Damaged =>
  (place, reason) =>
    new JourneymanError("archive_damaged", { path, place, reason });

/** What a member may hold while it is looked at; larger ones are only measured. */
const HELD_BYTES = 512 * 1024 * 1024;

interface Member {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Digest;
  /** Of the members that are asked for. */
  readonly content: Buffer | null;
}

async function readMember(name: string, stream: Readable, isWanted: boolean): Promise<Member> {
  const hash = createHash("sha256");
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    hash.update(part);
    if (isWanted && bytes <= HELD_BYTES) held.push(part);
  }
  return { name, bytes, sha256: Digest.parse(hash.digest("hex")), content: isWanted ? Buffer.concat(held) : null };
}

/** Every member in its order, to the end of the file. */
async function readMembers(path: string, wanted: readonly string[]): Promise<Member[]> {
  const members: Member[] = [];
  const file = createReadStream(path);
  const gunzip = createGunzip();
  const tar = extract();
  for (const stream of [file, gunzip]) stream.on("error", (error: Error) => tar.destroy(error));
  file.pipe(gunzip).pipe(tar);
  try {
    for await (const entry of tar) {
      const { name } = entry.header;
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the stream is Node's but for its type
      members.push(await readMember(name, entry as unknown as Readable, wanted.includes(name)));
    }
    return members;
  } catch (thrown) {
    const absent = thrown instanceof Error && "syscall" in thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (absent) throw damagedIn(path)("the file", `cannot be opened (${reason})`);
    const last = members.at(-1)?.name;
    const place = last === undefined ? "its beginning" : `what comes after ${last}`;
    throw damagedIn(path)(place, `cannot be read (${reason})`);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function manifestOf(members: readonly Member[], damaged: Damaged): Manifest {
  const last = members.at(-1);
  if (last?.name !== MANIFEST_MEMBER || last.content === null) throw damaged("its end", "holds no manifest");
  let value: unknown;
  try {
    value = JSON.parse(last.content.toString());
  } catch {
    throw damaged(MANIFEST_MEMBER, "is not JSON");
  }
  const manifest = Manifest.safeParse(value);
  if (manifest.success) return manifest.data;
  throw damaged(MANIFEST_MEMBER, "is of a form that this program does not know");
}

/** Each member is listed once, in its order, and is what the list says. */
function compare(members: readonly Member[], manifest: Manifest, damaged: Damaged): void {
  const found = members.slice(0, -1);
  for (const [index, listed] of manifest.members.entries()) {
    const member = found[index];
    if (member?.name !== listed.name) throw damaged(listed.name, "is not where the manifest has it");
    if (member.bytes !== listed.bytes) throw damaged(listed.name, `holds ${member.bytes} bytes, not ${listed.bytes}`);
    if (member.sha256 !== listed.sha256) throw damaged(listed.name, "does not match its SHA-256");
    if (listed.name !== FACTS_MEMBER && listed.name !== `artifacts/${listed.sha256}`)
      throw damaged(listed.name, "is no name of what it holds");
  }
  const more = found[manifest.members.length];
  if (more !== undefined) throw damaged(more.name, "is not in the manifest");
}

function factsOf(members: readonly Member[], manifest: Manifest, damaged: Damaged): StoredEvent[] {
  const text = members.find(({ name }) => name === FACTS_MEMBER)?.content?.toString() ?? "";
  const facts = text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const read = readFactLine(line, index);
      if (!read.ok) throw damaged(`fact ${index}`, `cannot be read (${read.reason})`);
      if (read.fact.run !== manifest.run) throw damaged(`fact ${index}`, "is of another run");
      return read.fact;
    });
  if (facts.length !== manifest.facts)
    throw damaged(FACTS_MEMBER, `holds ${facts.length} facts, not ${manifest.facts}`);
  return facts;
}

/** The bytes of one artifact. The file is read again: an archive is not held in memory. */
async function readArtifact(path: string, digest: Digest): Promise<Uint8Array> {
  const name = artifactMember(digest);
  const member = (await readMembers(path, [name])).find((one) => one.name === name);
  if (member?.content && digestOf(member.content) === digest) return member.content;
  throw new JourneymanError("artifact_missing", { digest });
}

/** A run from its archive. @throws archive_damaged naming the place */
export async function readArchive(path: string): Promise<WholeRun> {
  const damaged = damagedIn(path);
  const members = await readMembers(path, [FACTS_MEMBER, MANIFEST_MEMBER]);
  const manifest = manifestOf(members, damaged);
  compare(members, manifest, damaged);
  const facts = factsOf(members, manifest, damaged);
  return { run: manifest.run, facts, artifacts: { get: (digest) => readArtifact(path, digest) } };
}
