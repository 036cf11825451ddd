import { rm } from "node:fs/promises";
import { rolldown } from "rolldown";
import { INPUT, OUTPUT } from "../../rolldown.config.ts";

/* The harness's program of this bench, bundled like the program that is shipped. */

/** Two folders below the root, as `dist/app` is: files beside the program are found the same way. */
const FOLDER = new URL("../../.bench/harness/", import.meta.url);

/** Gives the bundled program. */
export async function shipLoop(): Promise<URL> {
  await rm(FOLDER, { recursive: true, force: true });
  const bundle = await rolldown({ ...INPUT, input: { "our-loop": new URL("our-loop.ts", import.meta.url).pathname } });
  await bundle.write({ ...OUTPUT, dir: FOLDER.pathname });
  await bundle.close();
  return new URL("our-loop.js", FOLDER);
}
