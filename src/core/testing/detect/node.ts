import type { DetectedTests, Repository } from "./repository.ts";

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

function manifestOf(repository: Repository): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(repository.read("package.json") ?? "");
    return record(value);
  } catch {
    return {};
  }
}

/** npm, pnpm and yarn: the `test` script of package.json. */
export function fromNode(repository: Repository): DetectedTests | null {
  const script = record(manifestOf(repository)["scripts"])["test"];
  if (typeof script !== "string" || script.trim() === "" || script.includes("no test specified")) return null;
  const setup = nodeSetup(repository);
  return {
    test: "npm test",
    setup: setup?.command ?? null,
    why: `package.json has a test script${setup === null ? "; it has no dependencies" : `; ${setup.why}`}.`,
  };
}

interface NodeSetup {
  readonly command: string;
  readonly why: string;
}

/** pnpm and yarn are fetched by npx, so that the sandbox image needs neither; `npm test` then runs the script itself. */
export function nodeSetup(repository: Repository): NodeSetup | null {
  if (!repository.has("package.json")) return null;
  const manifest = manifestOf(repository);
  if (repository.has("pnpm-lock.yaml")) return pnpm(repository, manifest["packageManager"]);
  if (repository.has("yarn.lock")) return yarn(repository);
  if (repository.has("package-lock.json") || repository.has("npm-shrinkwrap.json"))
    return { command: "npm ci", why: "its lock file is there" };
  const dependencies = { ...record(manifest["dependencies"]), ...record(manifest["devDependencies"]) };
  if (Object.keys(dependencies).length === 0) return null;
  return { command: "npm install --no-package-lock", why: "there is no lock file" };
}

function pnpm(repository: Repository, manager: unknown): NodeSetup {
  const pinned = typeof manager === "string" ? /^pnpm@(\d{1,9}(?:\.\d{1,9}){0,3})/.exec(manager)?.[1] : undefined;
  const old = /^lockfileVersion: '?[56]\./m.test(repository.read("pnpm-lock.yaml") ?? "");
  const version = pinned ?? (old ? "8" : "10");
  return { command: `npx --yes pnpm@${version} install --frozen-lockfile`, why: "pnpm-lock.yaml is there" };
}

function yarn(repository: Repository): NodeSetup {
  const berry = /^__metadata:/m.test(repository.read("yarn.lock") ?? "");
  if (!berry) return { command: "npx --yes yarn@1 install --frozen-lockfile", why: "yarn.lock is there" };
  return {
    command: "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4 install --immutable",
    why: "yarn.lock (Yarn 2 or later) is there, installed as node_modules",
  };
}
