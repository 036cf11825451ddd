import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { blobSha } from "../../src/core/digest.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import type { CollectedFile, Sandbox } from "../../src/ports/sandbox.ts";
import { localWorkspace } from "../../test/support/local-workspace.ts";

/** What a sandbox of this bench cannot do. */
const absent = () => Promise.reject(new JourneymanError("internal", { reason: "not part of this bench" }));

/**
 * The Sandbox port over directories of this host, so that the harness is measured and not Docker. Each is ready with its files and is
 * given to one run. A checkpoint reads every file that a tool wrote.
 */
export function localSandbox(roots: readonly string[]): Sandbox {
  const left = [...roots];
  return {
    async open() {
      const local = localWorkspace(left.shift() ?? "");
      const written = new Set<string>();
      return {
        workspace: {
          ...local,
          writeFile: (path, bytes, signal) => {
            written.add(path);
            return local.writeFile(path, bytes, signal);
          },
        },
        strategy: "overlay",
        killAll: async () => {},
        async collect() {
          const reading = [...written].map(async (path): Promise<CollectedFile> => {
            const bytes = await readFile(join(local.root, path));
            return { status: "modified", path, mode: "100644", size: bytes.byteLength, blob: blobSha(bytes), bytes };
          });
          return { files: await Promise.all(reading), deleted: [], refused: [], ignored: 0 };
        },
        close: () => local.close(),
      };
    },
    install: absent,
    sweep: async () => 0,
    report: absent,
  };
}
