import { statfs } from "node:fs/promises";
import { isFull } from "../sandbox/host-disk.ts";
import type { ServerConfig } from "./config.ts";
import { openDataDir } from "./data-dir.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const GIB = 1024 ** 3;
/** A large repository with its dependencies takes about so much. */
const LITTLE_BYTES = 2 * GIB;

/** The room where repositories, workspaces and a SQLite journal lie. */
export async function checkDisk({ DATA_DIR }: Pick<ServerConfig, "DATA_DIR">): Promise<Finding[]> {
  await openDataDir(DATA_DIR);
  const { bavail, bsize } = await statfs(DATA_DIR);
  const free = `${((bavail * bsize) / GIB).toFixed(1)} GiB free for ${DATA_DIR}`;
  const remedy = "make room on that disk; docs/operations.md says what in DATA_DIR may go";
  if (await isFull(DATA_DIR)) return [fail("disk", free, remedy)];
  return [bavail * bsize < LITTLE_BYTES ? warn("disk", free, remedy) : ok("disk", free)];
}
