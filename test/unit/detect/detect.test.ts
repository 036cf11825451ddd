import { describe, expect, test } from "vitest";
import { detectTests, TELLING_FILES } from "../../../src/core/testing/detect.ts";

type Files = Readonly<Record<string, string>>;
const detect = (files: Files) => detectTests(Object.keys(files), (path) => files[path] ?? null);
const node = (manifest: object): string => JSON.stringify({ scripts: { test: "node --test" }, ...manifest });
const VENV = "python3 -m venv /workspace/.venv && /workspace/.venv/bin/python -m pip install";
const PYTEST = "/workspace/.venv/bin/python -m pytest -rfE --continue-on-collection-errors";

describe("a test command is found", () => {
  const cases: readonly (readonly [string, Files, string | null, string | null])[] = [
    ["npm with a lock file", { "package.json": node({}), "package-lock.json": "{}" }, "npm test", "npm ci"],
    [
      "npm without a lock file",
      { "package.json": node({ devDependencies: { a: "1" } }) },
      "npm test",
      "npm install --no-package-lock",
    ],
    ["npm without dependencies", { "package.json": node({}) }, "npm test", null],
    [
      "pnpm, pinned",
      { "package.json": node({ packageManager: "pnpm@9.1.2+sha512.ab" }), "pnpm-lock.yaml": "lockfileVersion: '9.0'" },
      "npm test",
      "npx --yes pnpm@9.1.2 install --frozen-lockfile",
    ],
    [
      "pnpm, an old lock file",
      { "package.json": node({}), "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" },
      "npm test",
      "npx --yes pnpm@8 install --frozen-lockfile",
    ],
    [
      "Yarn 1",
      { "package.json": node({}), "yarn.lock": "# yarn lockfile v1\n" },
      "npm test",
      "npx --yes yarn@1 install --frozen-lockfile",
    ],
    [
      "Yarn 4",
      { "package.json": node({}), "yarn.lock": "__metadata:\n  version: 8\n" },
      "npm test",
      "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4 install --immutable",
    ],
    [
      "Go with modules",
      { "go.mod": "module x", "go.sum": "x" },
      "GOMODCACHE=/workspace/.cache/go GOPROXY=off go test ./...",
      "GOMODCACHE=/workspace/.cache/go go mod download",
    ],
    ["Go without modules", { "go.mod": "module x" }, "go test ./...", null],
    [
      "Go with vendored modules",
      { "go.mod": "module x", "go.sum": "x", "vendor/modules.txt": "" },
      "go test ./...",
      null,
    ],
    [
      "Cargo",
      { "Cargo.toml": "[package]", "Cargo.lock": "" },
      "CARGO_HOME=/workspace/.cache/cargo cargo test --offline --no-fail-fast",
      "CARGO_HOME=/workspace/.cache/cargo cargo fetch --locked",
    ],
    [
      "pytest by requirements",
      { "requirements.txt": "flask\n", "requirements-dev.txt": "pytest==8\n" },
      PYTEST,
      `${VENV} -r requirements-dev.txt -r requirements.txt pytest`,
    ],
    [
      "pytest by pyproject, with a test extra",
      {
        "pyproject.toml": '[build-system]\n[project]\nname = "x"\n[project.optional-dependencies]\ntest = ["pytest"]\n',
      },
      PYTEST,
      `${VENV} -e ".[test]" pytest`,
    ],
    ["pytest by its own file", { "conftest.py": "" }, PYTEST, `${VENV} pytest`],
    ["unittest at the root", { "test_a.py": "import unittest" }, "python3 -m unittest discover", null],
    [
      "unittest in a folder that is no package",
      { "tests/test_a.py": "" },
      "python3 -m unittest discover -s tests",
      null,
    ],
    ["unittest in a package", { "tests/test_a.py": "", "tests/__init__.py": "" }, "python3 -m unittest discover", null],
    [
      "unittest with requirements",
      { "test_a.py": "", "requirements.txt": "flask" },
      "/workspace/.venv/bin/python -m unittest discover",
      `${VENV} -r requirements.txt`,
    ],
    ["unittest files named at their end", { "a_test.py": "" }, "python3 -m unittest discover -p '*_test.py'", null],
    ["make", { Makefile: ".PHONY: test\ntest: build\n\tgo vet\n" }, "make test", null],
  ];
  test.each(cases)("%s", (_, files, command, setup) => {
    expect(detect(files)).toMatchObject({ test: command, setup });
  });
});

test.each<readonly [string, Files]>([
  ["an empty repository", {}],
  [
    "npm's own placeholder",
    { "package.json": node({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }) },
  ],
  ["a package.json without scripts", { "package.json": "{}" }],
  ["a package.json that is no JSON", { "package.json": "{" }],
  ["a package.json that is a list", { "package.json": "[]" }],
  ["a Makefile without the target", { Makefile: "build:\n\ttrue\ntest-all:\n\ttrue\ntest := x\n" }],
  ["a requirements file alone", { "requirements.txt": "flask" }],
  ["a package.json only in a folder", { "web/package.json": node({}) }],
])("%s has no test command, and the way to name one is said", (_, files) => {
  expect(detect(files)).toEqual({ test: null, setup: null, why: expect.stringContaining("tests.command") });
});

describe("when there are several", () => {
  const all: Files = {
    "package.json": node({}),
    "go.mod": "module x",
    "Cargo.toml": "[package]",
    "conftest.py": "",
    Makefile: "test:\n\ttrue\n",
  };
  test("package.json comes first, then Go, Cargo, Python, make", () => {
    const { "package.json": _1, ...withoutNode } = all;
    const { "go.mod": _2, ...withoutGo } = withoutNode;
    const { "Cargo.toml": _3, ...withoutCargo } = withoutGo;
    const { "conftest.py": _4, ...withoutPython } = withoutCargo;
    const found = [all, withoutNode, withoutGo, withoutCargo, withoutPython].map((files) => detect(files).test);
    expect(found).toEqual(["npm test", "go test ./...", expect.stringContaining("cargo test"), PYTEST, "make test"]);
  });
});

describe("AGENTS.md states the command", () => {
  test.each([
    ["in a line", "# Hi\n\nTests: `npm run check`\n", "npm run check"],
    ["in a list, in bold", "- **Tests:** `npm run check`.\n", "npm run check"],
    ["in a section", "## Running tests\n\nLike this:\n\n```sh\n$ npm run check\n```\n", "npm run check"],
  ])("%s", (_, text, command) => {
    const files = { "AGENTS.md": text, "package.json": node({}), "package-lock.json": "{}" };
    expect(detect(files)).toEqual({ test: command, setup: "npm ci", why: "AGENTS.md states the command." });
  });

  test.each([
    ["in passing", "The tests: they use `node:test` and more"],
    ["in another section", "## Tests\n\nnone yet\n\n## Build\n\n```sh\nmake\n```\n"],
    ["as several lines", "## Tests\n\n```sh\ncd a\nnpm test\n```\n"],
    ["in a block that is not closed", "## Tests\n\n```sh\nnpm run x\n"],
  ])("but not %s", (_, text) => {
    expect(detect({ "AGENTS.md": text, "package.json": node({}) }).test).toBe("npm test");
  });
});

test("it asks only for the files it names", () => {
  const asked = new Set<string>();
  const files = [
    ...TELLING_FILES,
    "go.mod",
    "go.sum",
    "Cargo.toml",
    "tests/test_a.py",
    "README.md",
    "dev_requirements.txt",
  ];
  detectTests(files, (path) => {
    asked.add(path);
    return null;
  });
  expect([...asked].filter((path) => !TELLING_FILES.includes(path) && !path.endsWith("requirements.txt"))).toEqual([]);
});
