import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { digestOf } from "../core/digest.ts";
import { JourneymanError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import { LOCAL_GIT, openLocalRepository } from "../git/local-repository.ts";
import { createMirror } from "../git/trees.ts";
import { openArtifacts } from "../journal/artifacts.ts";
import { openJournal } from "../journal/journal.ts";
import { systemClock } from "../local/clock.ts";
import { createLocalForge } from "../local/forge.ts";
import type { LocalIssue } from "../local/issue-file.ts";
import type { Model } from "../ports/model.ts";
import { createDockerSandbox } from "../sandbox/docker.ts";
import { SANDBOX_UID } from "../sandbox/spec.ts";
import type { RunPorts } from "./ports.ts";

export interface LocalOptions {
  /** A git repository of this host, with or without a work tree; it gets one new branch and nothing else. */
  readonly repository: string;
  readonly issue: LocalIssue;
  readonly model: Model;
  /** Journal, artifacts, mirror and scratch files; made when it is not there. */
  readonly dataDir: string;
  /** What to work from: a branch, tag or commit; without it what is checked out. */
  readonly base?: string;
  /** Text that stands in place of the repository's own `.github/journeyman.yml`. */
  readonly settings?: string;
  /** Tells issues of one repository and one data directory apart; 1 unless said otherwise. */
  readonly number?: number;
  /** Of the Docker engine; without it the engine's usual socket. */
  readonly dockerHost?: string;
  /** `journeyman-sandbox:dev` unless said otherwise. */
  readonly image?: string;
}

export interface LocalPorts {
  readonly ports: RunPorts;
  readonly subject: Subject;
  /** Where the forge keeps comments, `pull-request.md` and `change.patch`. */
  readonly forgeDir: string;
  /** Ends sandboxes that are still open and closes the journal. */
  close(): Promise<void>;
}

const PUBLIC_REGISTRIES = { npm: "https://registry.npmjs.org", pypi: "https://pypi.org", privateHosts: [] };

/** The repository's path stands for its id. */
const subjectOf = (repository: string, issue: number): Subject => ({
  host: "local",
  installationId: 0,
  repositoryId: Number.parseInt(digestOf(repository).slice(0, 12), 16),
  owner: "local",
  name: basename(repository),
  issue,
});

/**
 * Ports for a repository of this host and a Docker engine: SQLite journal, artifacts as files, a mirror of the local path, a forge without
 * a server. Throws `repository_unusable`, `data_newer`, `storage_unavailable`.
 */
export async function openLocalPorts(options: LocalOptions): Promise<LocalPorts> {
  const { issue, model, settings } = options;
  const dataDir = resolve(options.dataDir);
  const path = resolve(options.repository);
  const repository = await openLocalRepository(path);
  const base = options.base === undefined ? undefined : await repository.resolve(options.base);
  if (base === null) {
    const reason = `it has no commit ${options.base}`;
    throw new JourneymanError("repository_unusable", { path, reason });
  }
  const subject = subjectOf(repository.gitDir, options.number ?? 1);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const journal = await openJournal({ file: join(dataDir, "journal.sqlite") });
  const forgeDir = join(dataDir, "forge", `${subject.repositoryId}-${subject.issue}`);
  const sandbox = createDockerSandbox({
    image: options.image ?? "journeyman-sandbox:dev",
    instance: digestOf(dataDir).slice(0, 12),
    dataDir,
    registries: PUBLIC_REGISTRIES,
    ...(options.dockerHost !== undefined && { dockerHost: options.dockerHost }),
  });
  const trees = createMirror({
    dataDir,
    remote: () => repository.gitDir,
    credential: () => Promise.resolve(""),
    allowedProtocols: LOCAL_GIT.allowedProtocols,
    chownTo: { uid: SANDBOX_UID, gid: SANDBOX_UID },
  });
  const forge = await createLocalForge({
    subject,
    issue,
    repository,
    directory: forgeDir,
    now: systemClock.now,
    ...(base !== undefined && { base: { name: options.base ?? "", sha: base } }),
    ...(settings !== undefined && { settings }),
  });
  const artifacts = openArtifacts(join(dataDir, "artifacts"));
  const close = async (): Promise<void> => {
    await sandbox.close();
    await trees.settled();
    await journal.close();
  };
  return { ports: { journal, artifacts, forge, trees, sandbox, model }, subject, forgeDir, close };
}
