import { mkdtempSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { blobSha } from "../../../src/core/digest.ts";
import { Sha } from "../../../src/core/ids.ts";
import type { BaseFile, BaseTree } from "../../../src/ports/trees.ts";

export interface Item {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link" | "character-device" | "block-device" | "fifo";
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly linkname?: string;
  readonly device?: readonly [number, number];
  readonly pax?: Record<string, string>;
}

export const whiteout = (name: string): Item => ({ name, type: "character-device", device: [0, 0], mode: 0 });
export const folder = (name: string, pax?: Record<string, string>): Item => ({
  name,
  type: "directory",
  mode: 0o755,
  ...(pax === undefined ? {} : { pax }),
});
export const opaque = (name: string): Item => folder(name, { "SCHILY.xattr.trusted.overlay.opaque": "y" });

/** A tar of these entries as bytes. */
export async function tarBytes(items: readonly Item[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, type = "file", content = "", mode = 0o644, linkname, device, pax } of items) {
    const header = {
      name,
      type,
      mode,
      ...(linkname === undefined ? {} : { linkname }),
      ...(device === undefined ? {} : { devmajor: device[0], devminor: device[1] }),
      ...(pax === undefined ? {} : { pax }),
    };
    tar.entry(header, Buffer.from(content));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(tar)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export const tarOf = async (items: readonly Item[]): Promise<Readable> => Readable.from([await tarBytes(items)]);

/** A base tree on disk, as the worker would have written it. `x:` in front of content makes it executable, `->` a link. */
export async function baseOf(contents: Record<string, string>): Promise<BaseTree> {
  const directory = mkdtempSync(join(tmpdir(), "base-"));
  const files = new Map<string, BaseFile>();
  for (const [path, written] of Object.entries(contents)) {
    const at = join(directory, path);
    const isLink = written.startsWith("->");
    const content = isLink ? written.slice(2) : written.replace(/^x:/, "");
    await mkdir(dirname(at), { recursive: true });
    await (isLink ? symlink(content, at) : writeFile(at, content));
    const mode = isLink ? "120000" : written.startsWith("x:") ? "100755" : "100644";
    files.set(path, { path, mode, blob: blobSha(Buffer.from(content)) });
  }
  return { repositoryId: 1, sha: Sha.parse("1".repeat(40)), treeSha: Sha.parse("2".repeat(40)), directory, files };
}
