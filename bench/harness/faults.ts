import { startScriptedModel } from "../../test/support/scripted-model/server.ts";
import { openLocalWorkspace } from "../../test/support/local-workspace.ts";
import { ENDLESS, FAULT_CASES, type FaultCase, type Watched } from "./fault-scripts.ts";
import { runLoop, type Program } from "./harness.ts";
import { PROJECT } from "./task.ts";

/* How many of the sixteen faults of a provider or a model a loop gets over. */

export const FAULTS = FAULT_CASES.length;

/** A stream without a byte is given up after so long; a loop that has not ended after `PATIENCE_MS` hangs. */
const STALL_MS = 1_500;
const PATIENCE_MS = 45_000;

async function watchFault(program: Program, { script }: FaultCase): Promise<Watched> {
  const watched: Watched = { submitted: false, broken: false };
  const model = await startScriptedModel({ script: script(watched) });
  const project = await openLocalWorkspace(PROJECT);
  try {
    const place = { url: model.url, roots: [project.root], order: "together" } as const;
    await runLoop(program, place, { stallMs: STALL_MS, quiet: true, timeoutMs: PATIENCE_MS }).catch(() => {});
    return watched;
  } finally {
    await project.close();
    await model.close();
  }
}

/** The names of the faults that ended the work, or that nobody noticed. */
export async function faultsNotRecovered(program: Program): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const fault of FAULT_CASES) {
    const { submitted, broken } = await watchFault(program, fault);
    if (!submitted || broken) failed.push(fault.name);
  }
  const endless = await watchFault(program, ENDLESS);
  return [...new Set(endless.broken ? [...failed, ENDLESS.name] : failed)];
}
