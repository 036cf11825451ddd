import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const lane = (
  name: string,
  include: string[],
  testTimeout: number,
  more: TestProjectInlineConfiguration["test"] = {},
) => ({
  test: {
    name,
    include,
    environment: "node" as const,
    pool: "forks" as const,
    testTimeout,
    hookTimeout: 120_000,
    ...more,
  },
});

export default defineConfig({
  test: {
    projects: [
      lane("unit", ["test/unit/**/*.test.ts"], 30_000),
      lane("architecture", ["test/architecture/**/*.test.ts"], 60_000),
      lane("contract", ["test/contract/**/*.test.ts"], 120_000),
      lane("e2e", ["test/e2e/**/*.test.ts"], 300_000),
      // Many runs at once in one file: each waits six seconds for a dead worker's lease, which costs no processor.
      lane("faults", ["test/faults/**/*.test.ts"], 600_000, {
        globalSetup: ["test/support/faults/bundle.ts"],
        maxConcurrency: 6,
      }),
    ],
  },
});
