import { cacheFolder, type DetectedTests, type Repository } from "./repository.ts";

const CACHE = `CARGO_HOME=${cacheFolder("cargo")}`;

/** Without `--no-fail-fast` the targets after the first that fails would not be tested. */
export function fromCargo(repository: Repository): DetectedTests | null {
  if (!repository.has("Cargo.toml")) return null;
  const locked = repository.has("Cargo.lock") ? " --locked" : "";
  return {
    test: `${CACHE} cargo test --offline --no-fail-fast`,
    setup: `${CACHE} cargo fetch${locked}`,
    why: "Cargo.toml is there.",
  };
}
