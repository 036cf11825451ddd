import { cacheFolder, firstOf, type DetectedTests, type Repository } from "./repository.ts";

const SPEC = /^spec\/(?:[^/]+\/)*[^/]*_spec\.rb$/;
/** A lock file that is there is kept to; where none is there, the one that bundler makes is its own. */
const frozen = (repository: Repository): string => (repository.has("Gemfile.lock") ? " BUNDLE_FROZEN=true" : "");

/** RSpec's report for people lists each failed example with the file to run it by. */
export function fromRspec(repository: Repository): DetectedTests | null {
  const marker =
    firstOf(repository, ".rspec", "spec/spec_helper.rb") ?? repository.paths.find((path) => SPEC.test(path));
  if (marker === undefined) return null;
  if (!repository.has("Gemfile"))
    return { test: "rspec", setup: null, why: `${marker} is there; without a Gemfile nothing is to be installed.` };
  const bundle = `BUNDLE_PATH=${cacheFolder("bundle")}${frozen(repository)} bundle`;
  return {
    test: `${bundle} exec rspec`,
    setup: `${bundle} install`,
    why: `${marker} is there, and a Gemfile.`,
  };
}
