import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { JourneymanError } from "../core/errors.ts";

const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** A program of this host (tar, mount, mkfs), with an environment of its own. Its stdout is a stream; `done` rejects unless it exits 0. */
export function hostProgram(argv: readonly [string, ...string[]]): {
  readonly stdout: Readable;
  readonly done: Promise<void>;
  readonly kill: () => void;
} {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (bytes: Buffer) => (complaint = (complaint + bytes.toString()).slice(-500)));
  const done = new Promise<void>((settle, fail) => {
    const failed = (cause: unknown) =>
      fail(new JourneymanError("sandbox_lost", { reason: `${program} failed on this host` }, { cause }));
    child.on("error", failed);
    child.on("close", (code) => (code === 0 ? settle() : failed(complaint)));
  });
  done.catch(() => {});
  return { stdout: child.stdout, done, kill: () => child.kill("SIGKILL") };
}

/** Runs a program of this host to its end and returns what it printed. */
export async function runHost(argv: readonly [string, ...string[]]): Promise<string> {
  const running = hostProgram(argv);
  let printed = "";
  running.stdout.on("data", (bytes: Buffer) => (printed += bytes.toString()));
  await running.done;
  return printed;
}

/** Unpacks a tar into a directory of this host, with owners, modes and device nodes as they stand in it. For tars of our own making. */
export async function unpackHere(tar: NodeJS.ReadableStream, directory: string): Promise<void> {
  const child = spawn("tar", ["--extract", "--same-permissions", "--numeric-owner", "--same-owner", "-C", directory], {
    env: ENVIRONMENT,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<number | null>((settle, fail) => child.on("error", fail).on("close", settle));
  ended.catch(() => {});
  try {
    await pipeline(tar, child.stdin);
    if ((await ended) === 0) return;
  } catch (cause) {
    throw new JourneymanError("sandbox_lost", { reason: "the checkpoint could not be unpacked" }, { cause });
  }
  throw new JourneymanError("sandbox_lost", { reason: "the checkpoint could not be unpacked" });
}
