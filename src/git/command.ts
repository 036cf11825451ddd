import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { JourneymanError } from "../core/errors.ts";

/*
 * How git is run. It only ever sees bare repositories this program made, takes nothing from the user's or the system's
 * configuration, and inherits no environment. The settings below are the second fence, should the first one break.
 */

export interface GitSetup {
  readonly gitPath: string;
  /** `file` is for repositories of this host. */
  readonly allowedProtocols: "https" | "https,http" | "file";
  /** PEM file with the authorities to trust instead of the system's; null for the system's. */
  readonly caFile: string | null;
}

export interface GitCall {
  readonly gitDir: string;
  readonly args: readonly string[];
  /** Sent as basic authentication. It is in the environment of this one process and nowhere else. */
  readonly token?: string;
  readonly signal: AbortSignal;
}

export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the process is gone; never rejects. `stderr` is bounded. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

const STDERR_BYTES = 16 * 1024;
const KILL_AFTER_MS = 3000;

const fixedSettings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.sshCommand=false",
  "core.pager=cat",
  "core.askPass=",
  "credential.helper=",
  "core.symlinks=false",
  "core.attributesFile=/dev/null",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "core.alternateRefsCommand=",
  "http.followRedirects=false",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=60",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "diff.external=",
  "diff.ignoreSubmodules=all",
  "transfer.fsckObjects=true",
  "fetch.fsckObjects=true",
  "receive.fsckObjects=true",
  "gc.auto=0",
  "maintenance.auto=false",
  "safe.bareRepository=explicit",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
  "gpg.program=false",
  "log.showSignature=false",
  "protocol.allow=never",
];

/** The arguments before the subcommand. */
export function gitArguments(setup: GitSetup, gitDir: string): string[] {
  const settings = [
    ...fixedSettings,
    ...setup.allowedProtocols.split(",").map((protocol) => `protocol.${protocol}.allow=always`),
    `safe.directory=${gitDir}`,
    ...(setup.caFile === null ? [] : [`http.sslCAInfo=${setup.caFile}`]),
  ];
  return [...settings.flatMap((setting) => ["-c", setting]), `--git-dir=${gitDir}`];
}

/** The whole environment of a git process. */
export function gitEnvironment(setup: GitSetup, token: string | null): Record<string, string> {
  const credential =
    token === null
      ? {}
      : {
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: "http.extraHeader",
          GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
        };
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    SSH_ASKPASS: "/bin/false",
    GIT_ALLOW_PROTOCOL: setup.allowedProtocols.replace(",", ":"),
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_CEILING_DIRECTORIES: "/",
    ...credential,
  };
}

/** Ends the process and its helpers: politely, so that git removes its lock files, then not. */
function killGroup(pid: number): NodeJS.Timeout {
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  send("SIGTERM");
  return setTimeout(() => send("SIGKILL"), KILL_AFTER_MS).unref();
}

/** Starts git. The caller reads `stdout`, closes `stdin` and awaits `ended`. */
export function startGit(setup: GitSetup, call: GitCall): GitProcess {
  const child = spawn(setup.gitPath, [...gitArguments(setup, call.gitDir), ...call.args], {
    cwd: "/",
    env: gitEnvironment(setup, call.token ?? null),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  child.stdin.on("error", () => {}); // A process that ends early is seen by its exit code.
  let killing: NodeJS.Timeout | null = null;
  const stop = () => {
    if (child.pid !== undefined) killing ??= killGroup(child.pid);
  };
  if (call.signal.aborted) stop();
  call.signal.addEventListener("abort", stop, { once: true });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const finish = (code: number | null, text: string) => {
      call.signal.removeEventListener("abort", stop);
      if (killing !== null) clearTimeout(killing);
      resolve({ code, stderr: text });
    };
    child.once("error", (error) => finish(null, error.message));
    child.once("close", (code) => finish(code, stderr));
  });
  return { stdin: child.stdin, stdout: child.stdout, ended };
}

/** Runs git to its end. A non-zero exit is a result, not an error. Stdout beyond `maxBytes` is an error. */
export async function runGit(
  setup: GitSetup,
  call: GitCall,
  maxBytes = 1024 * 1024,
): Promise<{ readonly code: number | null; readonly stdout: Buffer; readonly stderr: string }> {
  const child = startGit(setup, call);
  child.stdin.end();
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size <= maxBytes) chunks.push(chunk);
  });
  const { code, stderr } = await child.ended;
  call.signal.throwIfAborted();
  if (size > maxBytes) throw new JourneymanError("mirror_failed", { reason: "git answered more than it may" });
  return { code, stderr, stdout: Buffer.concat(chunks) };
}
