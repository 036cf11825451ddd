import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Captured, CommandResult, CommandSpec, Workspace } from "../../src/ports/sandbox.ts";

const OUTPUT_LIMIT = 10 * 1024 * 1024;

export interface LocalWorkspace extends Workspace {
  readonly root: string;
  readonly close: () => Promise<void>;
}

/** The Workspace port over a temporary directory with these files. */
export async function openLocalWorkspace(files: Readonly<Record<string, string>> = {}): Promise<LocalWorkspace> {
  const workspace = localWorkspace(await realpath(await mkdtemp(join(tmpdir(), "workspace-"))));
  const signal = new AbortController().signal;
  for (const [path, text] of Object.entries(files)) await workspace.writeFile(path, Buffer.from(text), signal);
  return workspace;
}

/** The Workspace port over a directory and child processes of this host: no isolation, for tests only. `close` removes the directory. */
export function localWorkspace(root: string): LocalWorkspace {
  return {
    root,
    run: (command, signal) => runCommand(root, command, signal),
    readFile: async (path, maxBytes) => {
      const bytes = await readFile(join(root, path)).catch(({ code }: NodeJS.ErrnoException) => code);
      if (typeof bytes !== "object") return { kind: bytes === "EISDIR" ? "not_a_file" : "missing" };
      return { kind: "file", bytes: bytes.subarray(0, maxBytes), size: bytes.byteLength };
    },
    writeFile: async (path, bytes) => {
      try {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), bytes);
        return { kind: "written" };
      } catch (thrown) {
        return { kind: "failed", reason: thrown instanceof Error ? thrown.message : "unknown" };
      }
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

function runCommand(root: string, command: CommandSpec, signal: AbortSignal): Promise<CommandResult> {
  const [program = "", ...args] = command.argv;
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: join(root, command.cwd ?? "."), detached: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let written = 0;
    let ended: CommandResult["ended"] = "exit";
    const kill = (why: CommandResult["ended"]): void => {
      ended = why;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      into.push(chunk);
      written += chunk.byteLength;
      if (written > OUTPUT_LIMIT && ended === "exit") kill("output_limit");
    };
    child.stdout.on("data", collect(out));
    child.stderr.on("data", collect(command.separate === true ? err : out));
    const timer = setTimeout(() => kill("timeout"), command.timeoutMs);
    const cancel = (): void => kill("cancelled");
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    const finish = (exitCode: number | null): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      const keepBytes = command.keepBytes ?? 65_536;
      resolve({
        exitCode: ended === "exit" ? exitCode : null,
        ended,
        stdout: captured(Buffer.concat(out), keepBytes),
        stderr: captured(Buffer.concat(err), keepBytes),
        durationMs: Math.round(performance.now() - start),
      });
    };
    child.on("error", () => finish(127));
    child.on("close", finish);
    child.stdin.on("error", () => undefined);
    child.stdin.end(command.stdin);
  });
}

function captured(bytes: Buffer, keepBytes: number): Captured {
  if (bytes.byteLength <= keepBytes) return { head: bytes, tail: new Uint8Array(), totalBytes: bytes.byteLength };
  const half = Math.floor(keepBytes / 2);
  return { head: bytes.subarray(0, half), tail: bytes.subarray(-half), totalBytes: bytes.byteLength };
}
