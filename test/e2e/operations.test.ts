import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/*
 * docs/operations.md does what it says: the commands are taken from the page and run as they stand there.
 */

const PAGE = new URL("../../docs/operations.md", import.meta.url).pathname;
const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

/** The shell blocks of a section, in order. */
async function commandsOf(heading: string): Promise<string[]> {
  const page = await readFile(PAGE, "utf8");
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
}

/** A directory with `journeyman` on its own PATH, as on a host where it is installed. */
async function workshop(): Promise<{ readonly home: string; run(block: string, more?: object): Promise<string> }> {
  const home = await mkdtemp(join(tmpdir(), "journeyman-operations-"));
  const bin = join(home, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "journeyman"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  await chmod(join(bin, "journeyman"), 0o755);
  const path = `${bin}:${process.env["PATH"] ?? ""}`;
  return {
    home,
    async run(block, more = {}) {
      const env = { PATH: path, HOME: home, DATA_DIR: "data", ...more };
      const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", block], { cwd: home, env });
      return stdout;
    },
  };
}

let host: Awaited<ReturnType<typeof workshop>>;
let instance: Instance;
beforeAll(async () => {
  host = await workshop();
  instance = await startInstance({
    script: story.cases({ kept: {}, lost: {} }),
    dataDir: join(host.home, "data"),
    environment: { DELIVERY_POLL_SECONDS: "1" },
  });
});
afterAll(async () => {
  await instance.stop();
  await rm(host.home, { recursive: true, force: true });
});

describe("a backup that is older than what GitHub shows", () => {
  test("is restored, and its run finds its own branch and pull request", { timeout: 240_000 }, async () => {
    const scene = await story.openScene(instance, story.FILES, story.caseBody("kept"));
    const [backup = ""] = await commandsOf("Backup");
    const [restore = ""] = await commandsOf("Restore");
    await story.untilPlan(instance, scene);
    expect(await host.run(backup)).toMatch(/backup-monday: the journal and \d+ artifact/);
    story.comment(instance, scene, "/approve");
    const first = await story.untilOver(instance, scene);
    expect(first.outcome?.outcome).toBe("pull_request");

    await instance.server.stop();
    expect(await host.run(restore)).toContain("awaits approval");
    await instance.restart();
    const journal = await openJournal({ file: join(host.home, "data", "journal.sqlite") });
    const again = await story.untilOver({ ...instance, journal }, scene).finally(() => journal.close());
    expect(again.outcome?.outcome).toBe("pull_request");
    expect(again.pullRequest?.number).toBe(first.pullRequest?.number);
    expect(story.ours(instance, scene).length).toBe(new Set(story.ours(instance, scene)).size);
  });
});
