import { defineConfig, type InputOptions, type OutputOptions } from "rolldown";

/*
 * The program as it is shipped: a few files instead of some thousand, so that it starts twice as fast. Packages that load files of their
 * own at run time, or that not every program needs, stay packages.
 */

export const INPUT: InputOptions = {
  platform: "node",
  external: [
    /^node:/,
    /^(?:bullmq|dockerode|ioredis|openai|pino|probot|prom-client|tar-stream)(?:\/|$)/,
    /^@(?:octokit|opentelemetry)\//,
  ],
};

export const OUTPUT: OutputOptions = {
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "chunk-[hash].js",
  cleanDir: false,
  // What packages say of their types is a third of the text that every start has to read; their licences stay.
  comments: { legal: true, annotation: false, jsdoc: false },
};

export default defineConfig({
  ...INPUT,
  input: { main: "src/app/main.ts" },
  output: { ...OUTPUT, dir: "dist/app" },
});
