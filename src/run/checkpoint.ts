import type { Change } from "../core/change/change.ts";
import type { EventOf } from "../core/events.ts";
import type { Collected, OpenWorkspace } from "../ports/sandbox.ts";
import type { Artifacts } from "../ports/journal.ts";
import type { StageContext } from "./stage.ts";

async function keep(artifacts: Artifacts, collected: Collected): Promise<Change[]> {
  const files = collected.files.map(async ({ bytes, ...file }): Promise<Change> => {
    return { ...file, artifact: await artifacts.put(bytes) };
  });
  const deleted = collected.deleted.map((path): Change => ({ status: "deleted", path }));
  return [...(await Promise.all(files)), ...deleted];
}

/** Reads what differs from the base tree and keeps the bytes; the fact names them by hash. */
export async function saveCheckpoint(
  context: StageContext,
  open: OpenWorkspace,
  at: { readonly conversation: string; readonly turn: number },
): Promise<EventOf<"checkpoint.saved">> {
  const collected = await open.collect(context.signal);
  const changes = await keep(context.world.artifacts, collected);
  return { type: "checkpoint.saved", ...at, changes, refused: [...collected.refused], ignored: collected.ignored };
}
