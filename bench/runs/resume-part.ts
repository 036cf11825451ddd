import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/core/digest.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import type { RunEvent, StoredEvent } from "../../src/core/events.ts";
import { fold } from "../../src/core/evolve.ts";
import { factLine } from "../../src/journal/fact-line.ts";
import { makeRunId, type RunId } from "../../src/core/ids.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/local/clock.ts";
import { createAnthropicModel } from "../../src/model/anthropic.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { Journal } from "../../src/ports/journal.ts";
import type { Sandbox } from "../../src/ports/sandbox.ts";
import { openRunLog } from "../../src/run/run-log.ts";
import { runStage } from "../../src/run/stage-runner.ts";
import { DEFAULT_TIMINGS, type World } from "../../src/run/world.ts";
import { BASE, received, RUN, stored, toPrepared } from "../../test/support/facts.ts";
import { call } from "../../test/support/scripted-model/answer.ts";
import { startScriptedModel } from "../../test/support/scripted-model/server.ts";
import { started } from "../../test/support/work-facts.ts";
import type { Report } from "../figure.ts";
import { localSandbox } from "../harness/local-sandbox.ts";
import { preparedRun } from "../harness/prepared-run.ts";
import { byTurns, timed } from "../measure.ts";

/* What a wake costs before anything is done: folding a long journal, and coming back to a conversation of 200 turns. */

const FACTS = 10_000;
const TURNS = 200;
const ROUNDS = 5;
const RESULT = "const cents = Math.round(amount * 100);\n".repeat(25);
const DIGEST = digestOf("request");

/** A turn that reads a file: four facts. */
function turnOf(turn: number): RunEvent[] {
  const about = { conversation: "implement.1", turn };
  const callId = `toolu_${turn}`;
  return [
    { type: "model.requested", ...about, model: "claude-opus-5-5", requestDigest: DIGEST, reservedMicroUsd: 1_000 },
    {
      type: "model.responded",
      ...about,
      message: {
        role: "assistant",
        content: [
          { type: "text", text: `Now file ${turn}.` },
          { type: "tool_call", id: callId, name: "read", input: { path: `src/file-${turn}.js` } },
        ],
      },
      stopReason: "tool_use",
      usage: { input: 10, cacheRead: 4_000, cacheWrite: 300, output: 60 },
      costMicroUsd: 900,
      requestId: `req_${turn}`,
      durationMs: 900,
    },
    { type: "tool.called", ...about, callId, name: "read", effect: "none" },
    { type: "tool.returned", ...about, callId, content: RESULT, isError: false, durationMs: 3 },
  ];
}

const begun: readonly RunEvent[] = [
  { type: "stage.started", stage: "implement", round: 0, worker: "before" },
  started("implement.1", {
    tools: ["read", "submit"].map((name) => ({ name, description: name, schema: { type: "object" } })),
  }),
];

const worked = (turns: number): RunEvent[] => [
  ...begun,
  ...Array.from({ length: turns }, (_, at) => turnOf(at + 1)).flat(),
];

/** A status request, answered: what people can add to a journal without end. */
function talk(at: number): RunEvent[] {
  const shown = ["eyes", "status-reply"].flatMap((key): RunEvent[] => [
    { type: "effect.intended", key: `${key}.${at}`, kind: key },
    { type: "effect.done", key: `${key}.${at}`, kind: key, remoteId: "1", url: "" },
  ]);
  return [received({ name: "status" }), { type: "command.accepted", command: at, permission: "write" }, ...shown];
}

function talked(count: number): RunEvent[] {
  const events = toPrepared();
  while (events.length < count) events.push(...talk(events.length));
  return events;
}

async function measureFold(report: Report, name: string, events: readonly RunEvent[]): Promise<void> {
  const facts = stored(events.slice(0, FACTS));
  const lines = facts.map(factLine);
  // Fresh objects: what was measured of a block is remembered with it.
  const parse = (): StoredEvent[] => lines.map((line) => JSON.parse(line) as StoredEvent);
  const sides = {
    ours: () => {
      const fresh = parse();
      return timed(async () => fold(RUN, fresh));
    },
    parsing: () => timed(async () => parse()),
  };
  const times = await byTurns(ROUNDS, sides);
  const peer = { name: "JSON.parse of the same facts", values: times.parsing };
  report({
    name: `fold of ${FACTS.toLocaleString("en")} facts, ${name}`,
    unit: "ms",
    ours: times.ours,
    peer,
    goal: { atMost: 100 },
  });
}

/** Writes the turns that an earlier worker had paid for. */
async function longRun(journal: Journal, issue: number): Promise<RunId> {
  const run = makeRunId(Date.now(), randomBytes(10));
  await preparedRun(journal, run, issue);
  const now = Date.now();
  const claim = await journal.claim(run, { holder: "before", leaseMs: 600_000, now });
  if (claim === null) throw new JourneymanError("internal", { reason: "the run is nobody's" });
  const summary = { status: "working", live: true, dueAt: null, costMicroUsd: 0 };
  const at = new Date(now).toISOString();
  const appended = await journal.append(claim, { next: claim.next, events: worked(TURNS), at, summary });
  if (appended.kind !== "appended") throw new JourneymanError("internal", { reason: appended.kind });
  await journal.release(claim, appended.next);
  return run;
}

interface Stopwatch {
  /** Milliseconds that workspaces took to open. */
  opening: number;
  /** When the model was first asked, as `performance.now()`. */
  asked: number;
}

const watched = (sandbox: Sandbox, watch: Stopwatch): Sandbox => ({
  ...sandbox,
  open: async (...given) => {
    const start = performance.now();
    const workspace = await sandbox.open(...given);
    watch.opening += performance.now() - start;
    return workspace;
  },
});

const noForge = new Proxy({} as Forge, {
  get: () => {
    throw new JourneymanError("internal", { reason: "the forge is not part of this bench" });
  },
});

async function worldIn(directory: string, url: string, watch: Stopwatch): Promise<World> {
  const root = join(directory, "workspace");
  await mkdir(root);
  await writeFile(join(root, "money.js"), "export const round = (amount) => amount;\n");
  return {
    journal: await openJournal({ file: join(directory, "journal.sqlite") }),
    artifacts: openArtifacts(join(directory, "artifacts")),
    forge: noForge,
    trees: {
      open: async () => ({ repositoryId: 42, sha: BASE, treeSha: BASE, directory: "/", files: new Map() }),
      text: async () => null,
    },
    sandbox: watched(localSandbox([root]), watch),
    model: createAnthropicModel({ apiKey: "any", baseUrl: url }),
    clock: systemClock,
    random: Math.random,
    log: { info: () => {}, warn: (data, event) => process.stderr.write(`${event} ${JSON.stringify(data)}\n`) },
    redact: (event) => event,
    worker: "bench",
    view: { runUrl: null },
    dayCapMicroUsd: 10_000_000_000,
    timings: { ...DEFAULT_TIMINGS, leaseMs: 600_000 },
    failpoint: () => {},
  };
}

/** Seconds from the wake to the first request, without what the workspace took. */
async function resume(world: World, run: RunId, watch: Stopwatch): Promise<number> {
  watch.opening = 0;
  watch.asked = 0;
  const start = performance.now();
  const claim = await world.journal.claim(run, { holder: world.worker, leaseMs: 600_000, now: Date.now() });
  if (claim === null) throw new JourneymanError("internal", { reason: "the run is nobody's" });
  const log = await openRunLog(world, claim);
  const driven = {
    world,
    log,
    status: { touch: () => {}, settled: async () => {} },
    signal: new AbortController().signal,
  };
  await runStage(driven, { kind: "stage", stage: "implement", round: 0 });
  if (watch.asked === 0) throw new JourneymanError("internal", { reason: "the model was not asked" });
  return (watch.asked - start - watch.opening) / 1000;
}

async function measureLongRun(report: Report): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "bench-resume-"));
  const watch: Stopwatch = { opening: 0, asked: 0 };
  const script = () => {
    if (watch.asked === 0) watch.asked = performance.now();
    return call("submit", { summary: "Done.", left_failing: [] });
  };
  const model = await startScriptedModel({ script, apiKey: "any" });
  const world = await worldIn(directory, model.url, watch);
  try {
    const ours: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1)
      ours.push(await resume(world, await longRun(world.journal, round), watch));
    report({
      name: `wake of a run of ${TURNS} turns → first request, without the workspace`,
      unit: "s",
      ours,
      goal: { atMost: 2 },
    });
  } finally {
    await world.journal.close();
    await model.close();
    await rm(directory, { recursive: true, force: true });
  }
}

export async function measureResume(report: Report): Promise<void> {
  await measureFold(report, "turns with results of 1 KB", [...toPrepared(), ...worked(FACTS / 4)]);
  await measureFold(report, "commands and their answers", talked(FACTS));
  await measureLongRun(report);
}
