import { defineConfig } from "vitest/config";

const lane = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, environment: "node" as const, pool: "forks" as const, testTimeout, hookTimeout: 120_000 },
});

export default defineConfig({
  test: {
    projects: [
      lane("unit", ["test/unit/**/*.test.ts"], 30_000),
      lane("architecture", ["test/architecture/**/*.test.ts"], 60_000),
      lane("contract", ["test/contract/**/*.test.ts"], 120_000),
      lane("e2e", ["test/e2e/**/*.test.ts"], 300_000),
    ],
  },
});
