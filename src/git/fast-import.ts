import { JourneymanError } from "../core/errors.ts";
import { Sha } from "../core/ids.ts";
import type { GitSetup } from "./command.ts";
import { startGit } from "./command.ts";

/*
 * A commit written straight into a repository, without index, work tree or hooks, from bytes in memory. Equal specs give equal commits.
 */

export interface ImportedFile {
  readonly path: string;
  readonly mode: "100644" | "100755";
  readonly bytes: Uint8Array;
}

export interface ImportedCommit {
  /** Full name of the ref that gets the commit, wherever it was before. */
  readonly ref: string;
  /** The commit that it changes; null for a first one, which then holds the files alone. */
  readonly parent: Sha | null;
  readonly message: string;
  /** ISO 8601. */
  readonly date: string;
  readonly files: readonly ImportedFile[];
  readonly deleted: readonly string[];
  /** Whether the ref goes again once the commit is made. */
  readonly keepRef: boolean;
}

const AUTHOR = "Journeyman <journeyman@localhost>";
const NOTHING = "0".repeat(40);

/** A path as fast-import reads it whatever it holds. */
const quotedPath = (path: string): string =>
  `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

const data = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(`data ${bytes.byteLength}\n`), bytes, LINE]);
const LINE = Buffer.from("\n");

function streamOf(commit: ImportedCommit): Buffer {
  const { ref, parent, message, date, files, deleted, keepRef } = commit;
  const when = `${AUTHOR} ${Math.floor(Date.parse(date) / 1000)} +0000`;
  return Buffer.concat([
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${when}\ncommitter ${when}\n`),
    data(Buffer.from(message)),
    Buffer.from(parent === null ? "" : `from ${parent}\n`),
    ...deleted.map((path) => Buffer.from(`D ${quotedPath(path)}\n`)),
    ...files.flatMap(({ path, mode, bytes }) => [Buffer.from(`M ${mode} inline ${quotedPath(path)}\n`), data(bytes)]),
    Buffer.from(`\nget-mark :1\n${keepRef ? "" : `reset ${ref}\nfrom ${NOTHING}\n\n`}done\n`),
  ]);
}

/** Makes the commit. Throws `mirror_failed` when git does not. */
export async function importCommit(
  setup: GitSetup,
  place: { readonly gitDir: string; readonly signal: AbortSignal },
  commit: ImportedCommit,
): Promise<Sha> {
  const args = ["fast-import", "--quiet", "--force", "--done", "--date-format=raw"];
  const git = startGit(setup, { ...place, args });
  let said = "";
  git.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  git.stdin.end(streamOf(commit));
  const { code, stderr } = await git.ended;
  place.signal.throwIfAborted();
  const sha = Sha.safeParse(said.trim());
  if (code !== 0 || !sha.success) {
    throw new JourneymanError("mirror_failed", { reason: "git could not write a commit" }, { cause: stderr });
  }
  return sha.data;
}
