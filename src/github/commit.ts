import { z } from "zod";
import { blobSha } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import type { CommitSpec } from "../ports/forge.ts";
import { need, repeat, seek } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { errorOf } from "./failure.ts";
import type { Signature } from "./identity.ts";

/*
 * A commit is made of the very bytes that were checked. Blobs, tree and commit are named by their content, and author and date are
 * given, so doing all of it again gives the same SHA and leaves nothing twice. Until a branch points at it nobody sees it. What was put off
 * in its middle goes on with the files that are not stored yet (stored.ts).
 */

/** Blobs under way at one time: GitHub asks for few writes at once. */
const BLOBS_AT_ONCE = 3;

const at = (subject: Subject) => ({ owner: subject.owner, repo: subject.name });
const Named = z.object({ sha: Sha });
const Committed = z.object({ sha: Sha, tree: Named });

/** Throws `base_gone` when the base commit is no longer in the repository. */
export async function makeCommit(
  calls: Calls,
  subject: Subject,
  { spec, signature }: { readonly spec: CommitSpec; readonly signature: Signature },
): Promise<{ sha: Sha; treeSha: Sha }> {
  const baseTree = await treeOf(calls, subject, spec.baseSha);
  const blobs: Sha[] = [];
  for (let from = 0; from < spec.files.length; from += BLOBS_AT_ONCE) {
    const batch = spec.files.slice(from, from + BLOBS_AT_ONCE);
    blobs.push(...(await Promise.all(batch.map((file) => makeBlob(calls, subject, file.bytes)))));
  }
  const written = spec.files.map(({ path, mode }, index) => ({
    path,
    mode,
    type: "blob" as const,
    sha: blobs[index] ?? null,
  }));
  const removed = spec.deleted.map((path) => ({ path, mode: "100644" as const, type: "blob" as const, sha: null }));
  const treeSha = await makeTree(calls, subject, { baseTree, entries: [...written, ...removed] });
  const author = { ...signature, date: spec.date };
  const { sha } = await need(calls, {
    subject,
    purpose: "publish",
    write: "stored",
    action: "make a commit",
    schema: Committed,
    send: (octokit) =>
      octokit.rest.git.createCommit({
        ...at(subject),
        message: spec.message,
        tree: treeSha,
        parents: [spec.baseSha],
        author,
        committer: author,
      }),
  });
  return { sha, treeSha };
}

async function treeOf(calls: Calls, subject: Subject, sha: Sha): Promise<Sha> {
  const commit = await seek(calls, {
    subject,
    purpose: "publish",
    action: "read the base commit",
    schema: Committed,
    send: (octokit) => octokit.rest.git.getCommit({ ...at(subject), commit_sha: sha }),
  });
  if (commit === null) throw new JourneymanError("base_gone", { sha });
  return commit.tree.sha;
}

/** GitHub must name the blob as we do: then it holds the same bytes. */
async function makeBlob(calls: Calls, subject: Subject, bytes: Uint8Array): Promise<Sha> {
  const name = blobSha(bytes);
  if (calls.stored.has(subject, name)) return name;
  const { sha } = await need(calls, {
    subject,
    purpose: "publish",
    write: "stored",
    action: "store a file",
    schema: Named,
    send: (octokit) =>
      octokit.rest.git.createBlob({
        ...at(subject),
        content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
        encoding: "base64",
      }),
  });
  if (sha !== name) throw new JourneymanError("internal", { reason: "GitHub stored other bytes than were sent" });
  calls.stored.note(subject, name);
  return name;
}

interface TreeSpec {
  readonly baseTree: Sha;
  readonly entries: { path: string; mode: "100644" | "100755"; type: "blob"; sha: Sha | null }[];
}

async function makeTree(calls: Calls, subject: Subject, { baseTree, entries }: TreeSpec): Promise<Sha> {
  const action = "make a tree";
  const reply = await repeat(calls, {
    subject,
    purpose: "publish",
    write: "stored",
    action,
    schema: Named,
    send: (octokit) => octokit.rest.git.createTree({ ...at(subject), base_tree: baseTree, tree: entries }),
  });
  if (reply.ok) return reply.data.sha;
  const { failure } = reply;
  // A file may be gone that was stored some time ago.
  if (failure.kind === "invalid" || failure.kind === "missing") calls.stored.forget(subject);
  throw errorOf(failure, action, calls.clock.now());
}
