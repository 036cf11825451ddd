import { cacheFolder, type DetectedTests, type Repository } from "./repository.ts";

const CACHE = `GOMODCACHE=${cacheFolder("go")}`;

/** The report for people names packages and failing tests, and people can read it: `-json` would only make it longer. */
export function fromGo(repository: Repository): DetectedTests | null {
  if (!repository.has("go.mod")) return null;
  if (!repository.has("go.sum") || repository.paths.some((path) => path.startsWith("vendor/")))
    return { test: "go test ./...", setup: null, why: "go.mod is there; it needs no download." };
  return {
    test: `${CACHE} GOPROXY=off go test ./...`,
    setup: `${CACHE} go mod download`,
    why: "go.mod is there.",
  };
}
