import { firstOf, type DetectedTests, type Repository } from "./repository.ts";

/** Make's own order. */
const MAKEFILES = ["GNUmakefile", "makefile", "Makefile"];

export function fromMake(repository: Repository): DetectedTests | null {
  const file = firstOf(repository, ...MAKEFILES);
  if (file === undefined || !/^test[ \t]*:(?!=)/m.test(repository.read(file) ?? "")) return null;
  return { test: "make test", setup: null, why: `${file} has a test target.` };
}
