/** What detection knows of a repository: its paths, and the text of a few files. */
export interface Repository {
  readonly paths: readonly string[];
  readonly has: (path: string) => boolean;
  /** A file's text; null when it is missing or no text. */
  readonly read: (path: string) => string | null;
}

export interface DetectedTests {
  readonly test: string | null;
  /** Installs dependencies, with registries in reach; null when there is nothing to install. */
  readonly setup: string | null;
  /** One sentence for people: what it was concluded from. */
  readonly why: string;
}

/** Where a sandbox has the repository. */
const WORKSPACE = "/workspace";

/** A folder for what setup fetches: inside the workspace, because only that is kept for the test run. */
export const cacheFolder = (name: string): string => `${WORKSPACE}/.cache/${name}`;

export const PYTHON_ENVIRONMENT = `${WORKSPACE}/.venv`;

/** The first of these paths that is there. */
export const firstOf = (repository: Repository, ...paths: readonly string[]): string | undefined =>
  paths.find((path) => repository.has(path));

/** A path as one word of a shell. */
export const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) && !path.startsWith("-") ? path : `'./${path.replaceAll("'", "'\\''")}'`;
