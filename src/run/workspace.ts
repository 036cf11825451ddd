import type { Change } from "../core/change/change.ts";
import type { EventOf, RunEvent } from "../core/events.ts";
import type { OpenWorkspace } from "../ports/sandbox.ts";
import type { BaseTree } from "../ports/trees.ts";
import { intakeOf, type StageContext, subjectOf } from "./stage.ts";

/** The base tree of the run's commit on this host. */
export const baseTree = (context: StageContext): Promise<BaseTree> =>
  context.world.trees.open(subjectOf(context), intakeOf(context).baseSha, context.signal);

/** The changes of a checkpoint, the last one unless another is meant, with their bytes. */
export const checkpointBytes = (
  context: StageContext,
  checkpoint: EventOf<"checkpoint.saved"> | null = context.state().checkpoint,
): Promise<readonly { change: Change; bytes: Uint8Array | null }[]> =>
  Promise.all(
    (checkpoint?.changes ?? []).map(async (change) => ({
      change,
      bytes: change.status === "deleted" ? null : await context.world.artifacts.get(change.artifact),
    })),
  );

export interface WorkspaceWish {
  readonly purpose: string;
  readonly base: BaseTree;
  readonly writable: boolean;
  /** Start from the last checkpoint; otherwise from the base tree alone. */
  readonly fromCheckpoint: boolean;
  /** Which changes of the checkpoint: all of them unless this says otherwise. */
  readonly only?: (change: Change) => boolean;
}

/**
 * Opens a sandbox of its own for a part of a stage: base tree, installed dependencies, checkpoint. Whatever ran before it left nothing
 * in it. The caller closes it.
 */
export async function openWorkspace(
  context: StageContext,
  wish: WorkspaceWish,
): Promise<{ open: OpenWorkspace; fact: EventOf<"workspace.opened"> }> {
  const { world, log, state, signal } = context;
  const { limits, paths } = intakeOf(context).settings;
  const begun = world.clock.now();
  const loaded = wish.fromCheckpoint ? await checkpointBytes(context) : [];
  const changes = loaded.filter(({ change }) => wish.only?.(change) ?? true);
  const open = await world.sandbox.open(
    {
      run: log.claim.run,
      epoch: log.claim.epoch,
      purpose: wish.purpose,
      base: wish.base,
      layer: state().setup?.layer ?? null,
      changes,
      writable: wish.writable,
      memoryMb: limits.memory_mb,
      cpus: limits.cpus,
      ignored: paths.ignored,
    },
    signal,
  );
  const durationMs = world.clock.now() - begun;
  const fact = { purpose: wish.purpose, strategy: open.strategy, files: changes.length, durationMs };
  return { open, fact: { type: "workspace.opened", ...fact } };
}

/** Runs `work` in a workspace of its own and closes it whatever happens. */
export async function* inWorkspace<R>(
  context: StageContext,
  wish: WorkspaceWish,
  work: (open: OpenWorkspace) => AsyncGenerator<RunEvent, R>,
): AsyncGenerator<RunEvent, R> {
  const { open, fact } = await openWorkspace(context, wish);
  try {
    yield fact;
    return yield* work(open);
  } finally {
    await open.close();
  }
}
