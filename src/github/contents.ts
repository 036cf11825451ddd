import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { Subject } from "../core/subject.ts";
import { need, repeat, seek } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { errorOf } from "./failure.ts";

const at = (subject: Subject) => ({ owner: subject.owner, repo: subject.name });

const Ref = z.object({ ref: z.string(), object: z.object({ type: z.string(), sha: Sha }) });

/** The commit a branch is at; null when there is no such branch, or no commit yet. */
export async function branchHead(calls: Calls, subject: Subject, branch: string): Promise<Sha | null> {
  const action = "read a branch";
  const reply = await repeat(calls, {
    subject,
    purpose: "talk",
    action,
    schema: Ref,
    send: (octokit) => octokit.rest.git.getRef({ ...at(subject), ref: `heads/${branch}` }),
  });
  if (reply.ok) return reply.data.ref === `refs/heads/${branch}` ? reply.data.object.sha : null;
  const { failure } = reply;
  if (failure.kind === "missing" || failure.status === 409) return null;
  throw errorOf(failure, action, calls.clock.now());
}

export async function defaultBranch(calls: Calls, subject: Subject): Promise<{ name: string; sha: Sha }> {
  const repository = await need(calls, {
    subject,
    purpose: "talk",
    action: "read the repository",
    schema: z.object({ default_branch: z.string().min(1) }),
    send: (octokit) => octokit.rest.repos.get(at(subject)),
  });
  const name = repository.default_branch;
  const sha = await branchHead(calls, subject, name);
  if (sha === null) throw new JourneymanError("github_missing", { what: "a commit on the default branch" });
  return { name, sha };
}

const File = z.object({ type: z.string(), encoding: z.string().optional(), content: z.string().optional() });
const Contents = z.union([z.array(z.unknown()), File]);

/** Null for what is absent, a folder, a link, a submodule, 1 MiB or larger (GitHub leaves the content out), or not UTF-8 text. */
export async function readFile(
  calls: Calls,
  subject: Subject,
  { sha, path }: { readonly sha: Sha; readonly path: string },
): Promise<string | null> {
  const contents = await seek(calls, {
    subject,
    purpose: "talk",
    action: "read a file",
    schema: Contents,
    send: (octokit) => octokit.rest.repos.getContent({ ...at(subject), path, ref: sha }),
  });
  if (contents === null || Array.isArray(contents)) return null;
  if (contents.type !== "file" || contents.encoding !== "base64" || contents.content === undefined) return null;
  return textOf(Buffer.from(contents.content, "base64"));
}

const MAX_TEXT_BYTES = 1024 * 1024;

function textOf(bytes: Uint8Array): string | null {
  if (bytes.byteLength >= MAX_TEXT_BYTES || bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
