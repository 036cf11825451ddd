/*
 * Which command tests a repository, told from its files. First found wins: AGENTS.md's own word, then each ecosystem in the order
 * below. What setup installs must lie inside the workspace (only that is kept for the test run), and tests run without network: a
 * command that would ask a registry again is told not to.
 */

import { statedCommand } from "./detect/agents-file.ts";
import { fromCargo } from "./detect/cargo.ts";
import { fromDotnet } from "./detect/dotnet.ts";
import { fromGo } from "./detect/go.ts";
import { fromGradle, fromMaven } from "./detect/jvm.ts";
import { fromMake } from "./detect/make.ts";
import { fromNode, nodeSetup } from "./detect/node.ts";
import { fromPython } from "./detect/python.ts";
import type { DetectedTests, Repository } from "./detect/repository.ts";
import { fromRspec } from "./detect/ruby.ts";

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

const ECOSYSTEMS = [
  fromNode,
  fromGo,
  fromCargo,
  fromMaven,
  fromGradle,
  fromPython,
  fromRspec,
  fromDotnet,
  fromMake,
] as const;

const NONE: DetectedTests = {
  test: null,
  setup: null,
  why: "No test command was found. Set `tests.command` in .github/journeyman.yml.",
};

/** @param files paths relative to the root; @param read a file's text, null when it is missing or no text */
export function detectTests(files: readonly string[], read: Repository["read"]): DetectedTests {
  const present = new Set(files);
  const repository: Repository = { has: (path) => present.has(path), paths: files, read };
  let found: DetectedTests | null = null;
  for (const ecosystem of ECOSYSTEMS) found ??= ecosystem(repository);
  const stated = statedCommand(read("AGENTS.md") ?? "");
  if (stated === null) return found ?? NONE;
  const setup = found?.setup ?? nodeSetup(repository)?.command ?? null;
  return { test: stated, setup, why: "AGENTS.md states the command." };
}
