import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestOfJson } from "../core/digest.ts";
import type { BaseTree } from "../ports/trees.ts";

const KEPT_UNUSED_MS = 14 * 24 * 3600 * 1000;

/** What is known of a kept layer. In the archive strategy `files` lists the whole tree after the installation. */
const LayerRecord = z.object({
  durationMs: z.number(),
  /** Path to git blob id. */
  files: z.record(z.string(), z.string()).nullable(),
});
export type LayerRecord = z.infer<typeof LayerRecord>;

/**
 * Installed dependencies, kept by what they were made from. A layer is `<key>` (a directory: the overlay's upper) or
 * `<key>.tar` (the whole tree), and it exists once `<key>.json` does.
 */
export class Layers {
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = join(dataDir, "layers");
  }

  static key(base: BaseTree, from: { readonly command: string; readonly imageId: string; readonly strategy: string }) {
    return digestOfJson({ repository: base.repositoryId, tree: base.treeSha, ...from }).slice(0, 32);
  }

  directory = (key: string): string => join(this.#root, key);
  tarball = (key: string): string => join(this.#root, `${key}.tar`);

  /** The record of a layer, which thereby counts as used; null when there is none. */
  async find(key: string): Promise<LayerRecord | null> {
    const path = this.#record(key);
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === null) return null;
    await utimes(path, new Date(), new Date()).catch(() => {});
    return LayerRecord.parse(JSON.parse(text));
  }

  /** Moves a finished directory or tar into place. When another process was first, its layer stays and ours is dropped. */
  async keep(key: string, made: string, record: LayerRecord): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o711 });
    const directory = (await stat(made)).isDirectory();
    try {
      await rename(made, directory ? this.directory(key) : this.tarball(key));
    } catch (thrown) {
      const present = await stat(this.directory(key)).catch(() => null);
      if (present === null) throw thrown;
    }
    const draft = join(this.#root, `.${randomUUID()}`);
    await writeFile(draft, JSON.stringify(LayerRecord.parse(record)));
    await rename(draft, this.#record(key));
  }

  /** Removes layers nobody has used for two weeks. Returns how many. */
  async prune(now: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#root).catch(() => [])) {
      if (!name.endsWith(".json")) continue;
      const key = name.slice(0, -".json".length);
      const used = await stat(this.#record(key)).catch(() => null);
      if (used === null || now - used.mtimeMs < KEPT_UNUSED_MS) continue;
      await rm(this.#record(key), { force: true });
      await rm(this.directory(key), { recursive: true, force: true });
      await rm(this.tarball(key), { force: true });
      removed++;
    }
    return removed;
  }

  #record = (key: string): string => join(this.#root, `${key}.json`);
}
