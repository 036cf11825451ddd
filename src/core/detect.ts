/*
 * Which command tests a repository, from files at its root. First found wins:
 * AGENTS.md's own word, package.json, go.mod, Cargo.toml, Python, a Makefile's `test` target.
 *
 * What setup installs must lie inside the workspace (only that is kept for the test run), and tests run without network.
 *
 * AGENTS.md states a command in one of two ways:
 *   a line       Tests: `npm test`
 *   a section    a heading "Tests", "Test" or "Running tests", whose first fenced block holds exactly one line
 */

export interface DetectedTests {
  readonly test: string | null;
  /** Installs dependencies; null when there is nothing to install. */
  readonly setup: string | null;
  /** One sentence for people: what it was concluded from. */
  readonly why: string;
}

/** Every file whose text `detectTests` may ask for. */
export const TELLING_FILES: readonly string[] = [
  "AGENTS.md",
  "package.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "pyproject.toml",
  "setup.cfg",
  "setup.py",
  "tox.ini",
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "requirements_dev.txt",
  "requirements_test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
  "GNUmakefile",
  "Makefile",
  "makefile",
];

type Read = (path: string) => string | null;

interface Repository {
  readonly has: (path: string) => boolean;
  readonly paths: readonly string[];
  readonly read: Read;
}

const WORKSPACE = "/workspace";
const PYTHON = `${WORKSPACE}/.venv/bin/python`;
const GO_CACHE = `GOMODCACHE=${WORKSPACE}/.cache/go`;
const CARGO_CACHE = `CARGO_HOME=${WORKSPACE}/.cache/cargo`;
const NONE: DetectedTests = {
  test: null,
  setup: null,
  why: "No test command was found. Set `tests.command` in .github/journeyman.yml.",
};

/** @param files paths relative to the root; @param read a file's text, null when it is missing or no text */
export function detectTests(files: readonly string[], read: Read): DetectedTests {
  const present = new Set(files);
  const repository: Repository = { has: (path) => present.has(path), paths: files, read };
  const found =
    fromNode(repository) ??
    fromGo(repository) ??
    fromCargo(repository) ??
    fromPython(repository) ??
    fromMake(repository);
  const stated = statedCommand(read("AGENTS.md") ?? "");
  if (stated === null) return found ?? NONE;
  const setup = found?.setup ?? nodeSetup(repository)?.command ?? null;
  return { test: stated, setup, why: "AGENTS.md states the command." };
}

function statedCommand(text: string): string | null {
  const lines = text.split("\n").map((line) => line.trimEnd());
  let inSection = false;
  for (const [index, line] of lines.entries()) {
    const stated = /^(?:[-*] )?\**Tests?:?\**:? +`([^`]{1,1000})`\.?$/.exec(line)?.[1];
    if (stated !== undefined) return stated;
    if (/^#{1,6} /.test(line)) inSection = /^#{1,6} +(?:running +)?tests?$/i.test(line);
    else if (inSection && line.startsWith("```")) {
      const end = lines.indexOf("```", index + 1);
      const commands = lines.slice(index + 1, end === -1 ? index + 1 : end).filter((command) => command.trim() !== "");
      return commands.length === 1 ? (commands[0] ?? "").replace(/^\$ +/, "") : null;
    }
  }
  return null;
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return record(value);
  } catch {
    return {};
  }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

function fromNode(repository: Repository): DetectedTests | null {
  const script = record(parsed(repository.read("package.json"))["scripts"])["test"];
  if (typeof script !== "string" || script.trim() === "" || script.includes("no test specified")) return null;
  const setup = nodeSetup(repository);
  return {
    test: "npm test",
    setup: setup?.command ?? null,
    why: `package.json has a test script${setup === null ? "; it has no dependencies" : `; ${setup.why}`}.`,
  };
}

/** pnpm and yarn are fetched by npx, so that the sandbox image needs neither; `npm test` then runs the script itself. */
function nodeSetup(repository: Repository): { readonly command: string; readonly why: string } | null {
  if (!repository.has("package.json")) return null;
  const manifest = parsed(repository.read("package.json"));
  const manager = manifest["packageManager"];
  const pinned = typeof manager === "string" ? /^(pnpm|yarn)@(\d+(?:\.\d+)*)/.exec(manager) : null;
  if (repository.has("pnpm-lock.yaml")) {
    const old = /^lockfileVersion: '?[56]\./m.test(repository.read("pnpm-lock.yaml") ?? "");
    const version = pinned?.[1] === "pnpm" ? pinned[2] : old ? "8" : "10";
    return { command: `npx --yes pnpm@${version} install --frozen-lockfile`, why: "pnpm-lock.yaml is there" };
  }
  if (repository.has("yarn.lock")) {
    const berry = /^__metadata:/m.test(repository.read("yarn.lock") ?? "");
    return berry
      ? {
          command: "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4 install --immutable",
          why: "yarn.lock (Yarn 2 or later) is there, installed as node_modules",
        }
      : { command: "npx --yes yarn@1 install --frozen-lockfile", why: "yarn.lock is there" };
  }
  if (repository.has("package-lock.json") || repository.has("npm-shrinkwrap.json"))
    return { command: "npm ci", why: "its lock file is there" };
  const dependencies = { ...record(manifest["dependencies"]), ...record(manifest["devDependencies"]) };
  if (Object.keys(dependencies).length === 0) return null;
  return { command: "npm install --no-package-lock", why: "there is no lock file" };
}

function fromGo(repository: Repository): DetectedTests | null {
  if (!repository.has("go.mod")) return null;
  if (!repository.has("go.sum") || repository.paths.some((path) => path.startsWith("vendor/")))
    return { test: "go test ./...", setup: null, why: "go.mod is there; it needs no download." };
  return {
    test: `${GO_CACHE} GOPROXY=off go test ./...`,
    setup: `${GO_CACHE} go mod download`,
    why: "go.mod is there.",
  };
}

function fromCargo(repository: Repository): DetectedTests | null {
  if (!repository.has("Cargo.toml")) return null;
  const locked = repository.has("Cargo.lock") ? " --locked" : "";
  return {
    test: `${CARGO_CACHE} cargo test --offline`,
    setup: `${CARGO_CACHE} cargo fetch${locked}`,
    why: "Cargo.toml is there.",
  };
}

const REQUIREMENTS = /^(?:(?:dev|test|tests)[-_])?requirements(?:[-_](?:dev|test|tests))?\.txt$/;
const PYTEST_FILES = ["pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py"];
const PYTHON_TEST = /^(?:(tests?)\/)?(?:[^/]+\/)*(?:test_[^/]*|[^/]*_test)\.py$/;

function fromPython(repository: Repository): DetectedTests | null {
  const requirements = repository.paths.filter((path) => REQUIREMENTS.test(path)).toSorted();
  const project = repository.read("pyproject.toml") ?? "";
  const others = ["tox.ini", "setup.cfg", "setup.py", ...requirements].map((path) => repository.read(path) ?? "");
  const tests = repository.paths.filter((path) => PYTHON_TEST.test(path));
  const named = [project, ...others].some((text) => /\bpytest\b/.test(text));
  const marker = PYTEST_FILES.find((path) => repository.has(path));
  if (!named && marker === undefined && tests.length === 0) return null;
  const installs = requirements.map((path) => `-r ${path}`);
  const extra = /^\[project\.optional-dependencies\][^[]*?^(dev|tests?)\s*=/m.exec(project)?.[1];
  if (/^\[(?:project|build-system)\]/m.test(project) || repository.has("setup.py"))
    installs.push(extra === undefined ? "-e ." : `-e ".[${extra}]"`);
  const pytest = named || marker !== undefined;
  if (!pytest && installs.length === 0)
    return {
      test: unittest("python3", repository, tests),
      setup: null,
      why: "There are unittest files; nothing is to be installed.",
    };
  const install = [
    `python3 -m venv ${WORKSPACE}/.venv`,
    `${PYTHON} -m pip install ${[...installs, ...(pytest ? ["pytest"] : [])].join(" ")}`,
  ];
  return {
    test: pytest ? `${PYTHON} -m pytest` : unittest(PYTHON, repository, tests),
    setup: install.join(" && "),
    why: pytest ? `pytest is named${marker === undefined ? "" : ` (${marker})`}.` : "There are unittest files.",
  };
}

/** Discovery goes into a folder without `__init__.py` only when it is told to. */
function unittest(python: string, repository: Repository, tests: readonly string[]): string {
  const folder = tests.map((path) => PYTHON_TEST.exec(path)?.[1]).find((name) => name !== undefined);
  const pattern = tests.some((path) => /(?:^|\/)test_[^/]*$/.test(path)) ? "" : " -p '*_test.py'";
  if (folder === undefined || repository.has(`${folder}/__init__.py`))
    return `${python} -m unittest discover${pattern}`;
  return `${python} -m unittest discover -s ${folder}${pattern}`;
}

function fromMake(repository: Repository): DetectedTests | null {
  const file = ["GNUmakefile", "Makefile", "makefile"].find((path) => repository.has(path));
  if (file === undefined || !/^test[ \t]*:(?!=)/m.test(repository.read(file) ?? "")) return null;
  return { test: "make test", setup: null, why: `${file} has a test target.` };
}
