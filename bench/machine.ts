import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { promisify } from "node:util";

/* The machine in the words that matter for the figures, and nothing that names it. */

const run = promisify(execFile);

const asked = async (program: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(program, args).catch(() => ({ stdout: "" }));
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "unknown";
};

async function systemName(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="([^"]+)"/m.exec(text)?.[1] ?? process.platform;
}

export async function describeMachine(): Promise<string> {
  const [system, docker, redis, git] = await Promise.all([
    systemName(),
    asked("docker", "version", "--format", "{{.Server.Version}}"),
    asked("redis-server", "--version"),
    asked("git", "--version"),
  ]);
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  const versions = `Node ${process.versions.node}, Docker engine ${docker}, Redis ${redis}, git ${git}`;
  return `${availableParallelism()} cores, ${memory}, ${system}, ${versions}`;
}

/** Processes that wanted a core in the last minute: much above the number of cores, and times say little. */
export const loadNow = (): number => loadavg()[0] ?? 0;
