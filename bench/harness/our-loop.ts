/*
 * A program: the implement stage of some runs at once, as a worker drives it: agent loop, run log, SQLite journal with its export,
 * artifacts, redaction, the watch for commands. Only the workspace is a directory of this host instead of a container.
 * `node our-loop.ts URL DATA_DIR together|one-by-one STALL_MS ROOT...`: a run for each directory. Prints its peak memory, and when each run was
 * woken, in milliseconds since 1970.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { memoryOf } from "../child.ts";
import { systemClock } from "../../src/local/clock.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import { makeRunId, type RunId } from "../../src/core/ids.ts";
import { createRedactor, redactEvent } from "../../src/core/text/redact.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { withExport } from "../../src/journal/export.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createAnthropicModel } from "../../src/model/anthropic.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { openRunLog } from "../../src/run/run-log.ts";
import { runStage } from "../../src/run/stage-runner.ts";
import { DEFAULT_TIMINGS, type World } from "../../src/run/world.ts";
import { BASE } from "../../test/support/facts.ts";
import { localSandbox } from "./local-sandbox.ts";
import { preparedRun } from "./prepared-run.ts";

const [url = "", dataDir = "", order = "", stallMs = "", ...roots] = process.argv.slice(2);

/** GitHub has no part in this stage; whoever asks it is told so. */
const noForge = new Proxy({} as Forge, {
  get: () => {
    throw new JourneymanError("internal", { reason: "the forge is not part of this bench" });
  },
});

const base: BaseTree = { repositoryId: 42, sha: BASE, treeSha: BASE, directory: "/", files: new Map() };
const redactor = createRedactor(["a-secret-of-the-server-0123456789"]);
const world: World = {
  journal: withExport(await openJournal({ file: join(dataDir, "journal.sqlite") }), join(dataDir, "runs")),
  artifacts: openArtifacts(join(dataDir, "artifacts")),
  forge: noForge,
  trees: { open: async () => base, text: async () => null },
  sandbox: localSandbox(roots),
  model: createAnthropicModel({ apiKey: "any", baseUrl: url, stallMs: Number(stallMs) }),
  clock: systemClock,
  random: Math.random,
  log: { info: () => {}, warn: (data, event) => process.stderr.write(`${event} ${JSON.stringify(data)}\n`) },
  redact: (event) => redactEvent(redactor, event),
  worker: "bench",
  view: { runUrl: null },
  dayCapMicroUsd: 10_000_000_000,
  timings: { ...DEFAULT_TIMINGS, leaseMs: 600_000 },
  failpoint: () => {},
};

const wokenAt: number[] = [];

/** What a worker does that was woken for a run. */
async function work(run: RunId): Promise<void> {
  wokenAt.push(performance.timeOrigin + performance.now());
  const claim = await world.journal.claim(run, { holder: world.worker, leaseMs: 600_000, now: Date.now() });
  if (claim === null) throw new JourneymanError("internal", { reason: "the run is nobody's" });
  const log = await openRunLog(world, claim);
  const { signal } = new AbortController();
  await runStage(
    { world, log, status: { touch: () => {}, settled: async () => {} }, signal },
    { kind: "stage", stage: "implement", round: 0 },
  );
  if (log.state().submissions.length === 0) throw new JourneymanError("internal", { reason: "the task was not ended" });
}

const ids = roots.map(() => makeRunId(Date.now(), randomBytes(10)));
for (const [at, run] of ids.entries()) await preparedRun(world.journal, run, at + 1);
if (order === "together") await Promise.all(ids.map(work));
else for (const run of ids) await work(run);
await world.journal.close();
process.stdout.write(JSON.stringify({ peakMb: await memoryOf(process.pid, "VmHWM"), wokenAt }));
