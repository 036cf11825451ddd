import { blobSha, digestOf } from "../core/digest.ts";
import { readReport } from "../core/testing/reports/read.ts";
import { DEFAULT_SETTINGS } from "../core/settings/settings.ts";
import type { RunPorts } from "../embed/ports.ts";
import type { RunResult } from "../embed/result.ts";
import { systemClock } from "../local/clock.ts";
import type { CommandResult, WorkspaceSpec } from "../ports/sandbox.ts";
import type { BaseTree } from "../ports/trees.ts";
import { hiddenFiles, type HiddenFiles } from "./hidden-files.ts";
import type { Task } from "./task.ts";

/*
 * Hidden tests, in sandboxes of their own: over the result they must pass, over the base they must fail, or they would prove nothing.
 * What the run left in its sandbox is never looked at, only the files that it would have proposed.
 */

export interface Tested {
  readonly passed: boolean;
  readonly failing: readonly string[];
  /** The end of what was printed. */
  readonly output: string;
}

const OUTPUT_CHARS = 1_500;

type Changes = WorkspaceSpec["changes"];

const written = (path: string, mode: "100644" | "100755", bytes: Uint8Array): Changes[number] => ({
  change: {
    status: "added",
    path,
    mode,
    size: bytes.byteLength,
    blob: blobSha(bytes),
    artifact: digestOf(bytes),
  },
  bytes,
});

const gone = (path: string): Changes[number] => ({ change: { status: "deleted", path }, bytes: null });

/** The result's files, with the hidden ones over them. */
function changesOf(result: RunResult | null, hidden: HiddenFiles): Changes {
  const all = new Map<string, Changes[number]>();
  for (const { path, content } of result?.change ?? [])
    all.set(path, content === null ? gone(path) : written(path, content.mode, content.bytes));
  for (const path of hidden.deleted) all.set(path, gone(path));
  for (const { path, mode, bytes } of hidden.files) all.set(path, written(path, mode, bytes));
  return [...all.values()];
}

const printed = ({ stdout }: CommandResult): string =>
  new TextDecoder().decode(Buffer.concat([stdout.head, stdout.tail]));

interface Place {
  readonly sandbox: RunPorts["sandbox"];
  readonly base: BaseTree;
  readonly layer: string | null;
  readonly signal: AbortSignal;
}

async function test(
  { command, minutes }: NonNullable<Task["hidden"]>,
  changes: Changes,
  { sandbox, base, layer, signal }: Place,
): Promise<Tested> {
  const { memory_mb: memoryMb, cpus } = DEFAULT_SETTINGS.limits;
  const run = systemClock.newRunId();
  const spec = { run, epoch: 0, purpose: "grade", base, layer, changes, writable: true, memoryMb, cpus, ignored: [] };
  const open = await sandbox.open(spec, signal);
  try {
    const result = await open.workspace.run({ argv: ["bash", "-c", command], timeoutMs: minutes * 60_000 }, signal);
    const output = printed(result);
    const { failing } = readReport(output, []);
    return { passed: result.exitCode === 0, failing, output: output.slice(-OUTPUT_CHARS) };
  } finally {
    await open.close();
  }
}

const shown = ({ output }: Tested): string => `\n${output.trim()}`;

function byNames(task: Task, base: Tested, result: Tested): string[] {
  const { fail_to_pass: must = [], pass_to_pass: keep = [] } = task.hidden ?? {};
  const before = new Set(base.failing);
  const after = new Set(result.failing);
  // Without a single name in the output, the exit code is all there is.
  if (!result.passed && after.size === 0) return [`the hidden tests fail on the result:${shown(result)}`];
  return [
    ...must.filter((id) => base.failing.length > 0 && !before.has(id)).map((id) => `${id} does not fail on the base`),
    ...must.filter((id) => after.has(id)).map((id) => `${id} still fails`),
    ...keep.filter((id) => after.has(id) && !before.has(id)).map((id) => `${id} fails on the result`),
  ];
}

/** Sentences about what the hidden tests say against the result; none when they say nothing. Throws as the sandbox and the trees do. */
export async function gradingFaults(
  task: Task,
  { trees, sandbox }: Pick<RunPorts, "trees" | "sandbox">,
  { result, signal }: { readonly result: RunResult; readonly signal: AbortSignal },
): Promise<string[]> {
  const { subject, intake, setup } = result.state;
  if (task.hidden === undefined || subject === null || intake === null) return [];
  const base = await trees.open(subject, intake.baseSha, signal);
  const hidden = await hiddenFiles(task, { tree: base, text: trees.text });
  const place: Place = { sandbox, base, layer: setup?.layer ?? null, signal };
  const before = await test(task.hidden, changesOf(null, hidden), place);
  const after = await test(task.hidden, changesOf(result, hidden), place);
  const unproven = before.passed ? ["the hidden tests pass on the base, so they prove nothing"] : [];
  if (task.hidden.fail_to_pass.length > 0) return [...unproven, ...byNames(task, before, after)];
  return [...unproven, ...(after.passed ? [] : [`the hidden tests fail on the result:${shown(after)}`])];
}
