import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import type { TestProject } from "vitest/node";
import { INPUT, OUTPUT } from "../../../rolldown.config.ts";

/*
 * The program as it is shipped, bundled anew for each run of the suites: a start of it costs half of one from the source, and hundreds of
 * processes are started. It lies two folders below the root, as the sources do, because it reads `prompts/` from there.
 */

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    /** The main file of the program under test. */
    program: string;
  }
}

/** Vitest's global set-up: builds, tells the suites where, and gives back what takes it away again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await mkdir(`${ROOT}.bench`, { recursive: true });
  const directory = await mkdtemp(`${ROOT}.bench/faults-`);
  const bundle = await rolldown({ ...INPUT, cwd: ROOT, input: { main: "src/app/main.ts" }, logLevel: "warn" });
  await bundle.write({ ...OUTPUT, dir: directory });
  await bundle.close();
  project.provide("program", `${directory}/main.js`);
  return () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
