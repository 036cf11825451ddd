import { readFileSync } from "node:fs";

/** What a runner really printed or wrote; `fixtures/test-output/README.md` says how each was made. */
export const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/test-output/${name}`, import.meta.url), "utf8");
