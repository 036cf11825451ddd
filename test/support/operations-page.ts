import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { eventually, type Environment } from "./instance.ts";

/* docs/operations.md, run as it stands there. */

const PAGE = new URL("../../docs/operations.md", import.meta.url).pathname;
const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

/** The blocks of a section, in order: of shell commands unless told. */
export async function blocksOf(heading: string, language = "sh"): Promise<string[]> {
  const page = await readFile(PAGE, "utf8");
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, block = ""]) => block);
}

/** A block that does not end. */
export interface Lasting {
  /** Lines of standard error so far. */
  readonly log: readonly string[];
  until(words: string): Promise<string>;
  /** SIGTERM to all that it began; its exit code. */
  stop(): Promise<number | null>;
}

export interface Workshop {
  readonly home: string;
  /** Runs a block to its end; gives what it printed. */
  run(block: string, more?: Environment): Promise<string>;
  begin(block: string, more?: Environment): Lasting;
}

const STRICT = ["-euo", "pipefail", "-c"];

function lasting(home: string, { block, env }: { block: string; env: NodeJS.ProcessEnv }): Lasting {
  const child = spawn("bash", [...STRICT, block], {
    cwd: home,
    env,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  return {
    log,
    until: (words) => eventually(words, () => log.find((line) => line.includes(words))),
    async stop() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      return ended;
    },
  };
}

/** A directory with `journeyman` on its own PATH, as on a host where it is installed. */
export async function openWorkshop(): Promise<Workshop> {
  const home = await mkdtemp(join(tmpdir(), "journeyman-operations-"));
  const bin = join(home, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "journeyman"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  await chmod(join(bin, "journeyman"), 0o755);
  const usual = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: home };
  return {
    home,
    async run(block, more = {}) {
      const { stdout } = await promisify(execFile)("bash", [...STRICT, block], {
        cwd: home,
        env: { ...more, ...usual },
      });
      return stdout;
    },
    begin: (block, more = {}) => lasting(home, { block, env: { ...more, ...usual } }),
  };
}
