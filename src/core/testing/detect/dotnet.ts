import { cacheFolder, quoted, type DetectedTests, type Repository } from "./repository.ts";

const SOLUTION = /^[^/]+\.slnx?$/;
const PROJECT = /\.(?:cs|fs|vb)proj$/;
const TEST_PROJECT = /tests?\.(?:cs|fs|vb)proj$/i;
const PACKAGES = `NUGET_PACKAGES=${cacheFolder("nuget")}`;

/** The solution at the root, else the only test project: a folder that holds several is none to `dotnet`, so it is always named. */
export function fromDotnet(repository: Repository): DetectedTests | null {
  const projects = repository.paths.filter((path) => PROJECT.test(path)).toSorted();
  if (projects.length === 0) return null;
  const solution = repository.paths.filter((path) => SOLUTION.test(path)).toSorted()[0];
  const tests = projects.filter((path) => TEST_PROJECT.test(path));
  const target = solution ?? (tests.length === 1 ? tests[0] : projects.length === 1 ? projects[0] : undefined);
  if (target === undefined) return null;
  return {
    test: `${PACKAGES} dotnet test ${quoted(target)} --no-restore`,
    setup: `${PACKAGES} dotnet restore ${quoted(target)}`,
    why: `${target} is there.`,
  };
}
