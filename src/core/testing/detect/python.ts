import { PYTHON_ENVIRONMENT, firstOf, type DetectedTests, type Repository } from "./repository.ts";

const PYTHON = `${PYTHON_ENVIRONMENT}/bin/python`;
const REQUIREMENTS = /^(?:(?:dev|test|tests)[-_])?requirements(?:[-_](?:dev|test|tests))?\.txt$/;
const PYTEST_FILES = ["pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py"];
const PYTHON_TEST = /^(?:(tests?)\/)?(?:[^/]+\/)*(?:test_[^/]*|[^/]*_test)\.py$/;
/** With the summary that names every failing test, and without an end at the first file that cannot be loaded. */
const PYTEST = "pytest -rfE --continue-on-collection-errors";

function installsOf(repository: Repository, requirements: readonly string[]): string[] {
  const project = repository.read("pyproject.toml") ?? "";
  const installs = requirements.map((path) => `-r ${path}`);
  const extra = /^\[project\.optional-dependencies\][^[]*?^(dev|tests?)\s*=/m.exec(project)?.[1];
  if (/^\[(?:project|build-system)\]/m.test(project) || repository.has("setup.py"))
    installs.push(extra === undefined ? "-e ." : `-e ".[${extra}]"`);
  return installs;
}

export function fromPython(repository: Repository): DetectedTests | null {
  const requirements = repository.paths.filter((path) => REQUIREMENTS.test(path)).toSorted();
  const telling = ["pyproject.toml", "tox.ini", "setup.cfg", "setup.py", ...requirements];
  const tests = repository.paths.filter((path) => PYTHON_TEST.test(path));
  const named = telling.some((path) => /\bpytest\b/.test(repository.read(path) ?? ""));
  const marker = firstOf(repository, ...PYTEST_FILES);
  if (!named && marker === undefined && tests.length === 0) return null;
  const installs = installsOf(repository, requirements);
  const pytest = named || marker !== undefined;
  if (!pytest && installs.length === 0)
    return {
      test: unittest("python3", repository, tests),
      setup: null,
      why: "There are unittest files; nothing is to be installed.",
    };
  const install = [
    `python3 -m venv ${PYTHON_ENVIRONMENT}`,
    `${PYTHON} -m pip install ${[...installs, ...(pytest ? ["pytest"] : [])].join(" ")}`,
  ];
  return {
    test: pytest ? `${PYTHON} -m ${PYTEST}` : unittest(PYTHON, repository, tests),
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
