import type { Change, ChangedFile, RefusedEntry } from "../core/change/change.ts";
import type { RunId } from "../core/ids.ts";
import type { BaseTree } from "./trees.ts";

export interface CommandSpec {
  readonly argv: readonly string[];
  /** Relative to the workspace root. */
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  readonly timeoutMs: number;
  /** Bytes kept of the output: half from the head, half from the tail. The command is killed at 10 MiB in all. Default 64 KiB. */
  readonly keepBytes?: number;
  /** Keep stdout and stderr apart; by default stderr is merged into stdout in the order written. */
  readonly separate?: boolean;
}

export interface Captured {
  readonly head: Uint8Array;
  /** Empty unless something was left out in between. */
  readonly tail: Uint8Array;
  readonly totalBytes: number;
}

export interface CommandResult {
  /** Null when it did not end by itself. */
  readonly exitCode: number | null;
  readonly ended: "exit" | "timeout" | "output_limit" | "out_of_memory" | "cancelled";
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly durationMs: number;
}

/** All that a tool gets: run a command in the sandbox. Files are read and written by commands too. Throws only `sandbox_lost` and `sandbox_limit`. */
export interface Workspace {
  run(command: CommandSpec, signal: AbortSignal): Promise<CommandResult>;
  /** Whole file, at most `maxBytes`; `size` is the file's own. */
  readFile(
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<{ kind: "file"; bytes: Uint8Array; size: number } | { kind: "missing" } | { kind: "not_a_file" }>;
  /** Makes parent directories; keeps the mode of a file that exists. */
  writeFile(
    path: string,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ kind: "written" } | { kind: "failed"; reason: string }>;
}

/** A changed file with the very bytes that were read. */
export interface CollectedFile extends Omit<ChangedFile, "artifact"> {
  readonly bytes: Uint8Array;
}

/** The difference between the workspace and its base tree, by bytes, read once. */
export interface Collected {
  readonly files: readonly CollectedFile[];
  readonly deleted: readonly string[];
  readonly refused: readonly RefusedEntry[];
  /** Paths left out because the base tree's ignore files or the settings say so. */
  readonly ignored: number;
}

export interface WorkspaceSpec {
  readonly run: RunId;
  readonly epoch: number;
  /** Tells the sandboxes of a run apart: `plan`, `baseline`, `implement`, `verify-2`. */
  readonly purpose: string;
  readonly base: BaseTree;
  /** Name of an installed dependency layer, from `install`. */
  readonly layer: string | null;
  /** The checkpoint to start from, with its bytes. */
  readonly changes: readonly { readonly change: Change; readonly bytes: Uint8Array | null }[];
  readonly writable: boolean;
  readonly memoryMb: number;
  readonly cpus: number;
  /** More patterns in .gitignore's grammar that are never collected. */
  readonly ignored: readonly string[];
}

export interface OpenWorkspace {
  readonly workspace: Workspace;
  readonly strategy: "overlay" | "archive";
  /** Ends every process in the sandbox but its first. */
  killAll(): Promise<void>;
  /** `killAll`, then reads the difference. Throws `sandbox_limit` when that takes too long. */
  collect(signal: AbortSignal): Promise<Collected>;
  /** Removes container, volumes and scratch directories. Safe to repeat; never throws. */
  close(): Promise<void>;
}

export interface InstallSpec extends Pick<WorkspaceSpec, "run" | "epoch" | "base" | "memoryMb" | "cpus"> {
  readonly command: string;
  readonly timeoutMs: number;
}

export interface Installed {
  readonly result: CommandResult;
  /** The layer's name, to be given to `open`; null when the command failed. */
  readonly layer: string | null;
  /** Requests the registry proxy refused, as `METHOD host/path`. */
  readonly blocked: readonly string[];
}

export interface SandboxReport {
  readonly engineVersion: string;
  readonly runcVersion: string;
  readonly imageId: string | null;
  readonly strategy: "overlay" | "archive";
}

export interface Sandbox {
  /** Throws `docker_unreachable`, `image_missing`, `sandbox_lost`. */
  open(spec: WorkspaceSpec, signal: AbortSignal): Promise<OpenWorkspace>;
  /** Runs the setup command with the registry proxy and keeps what it wrote as a layer. Same (repository, commit, command, image) twice: the kept layer. Throws as `open`, and `sandbox_limit` when it takes too much space. */
  install(spec: InstallSpec, signal: AbortSignal): Promise<Installed>;
  /** Removes what carries this instance's label and `owned` does not claim. Returns how many things went. */
  sweep(owned: (run: string, epoch: number) => boolean | Promise<boolean>): Promise<number>;
  report(): Promise<SandboxReport>;
}
