import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXECUTOR_TOOLS } from "../../src/agent/toolsets.ts";
import type { LoopEnd } from "../../src/agent/options.ts";
import { JourneymanError } from "../../src/core/errors.ts";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import { makeRunId, type Sha } from "../../src/core/ids.ts";
import type { Settings } from "../../src/core/settings/settings.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createAnthropicModel } from "../../src/model/anthropic.ts";
import type { Model } from "../../src/ports/model.ts";
import type { BaseTrees } from "../../src/ports/trees.ts";
import { conversing } from "../../src/run/talk/conversing.ts";
import { beginWork, workingIn } from "../../src/run/work/executing.ts";
import { goOn } from "../../src/run/talk/hand-off.ts";
import { createPurse } from "../../src/run/talk/purse.ts";
import { openRunLog } from "../../src/run/run-log.ts";
import type { StageContext } from "../../src/run/stage.ts";
import type { World } from "../../src/run/world.ts";
import * as facts from "./facts.ts";
import { openLocalWorkspace } from "./local-workspace.ts";
import type { Script } from "./scripted-model/script.ts";
import { type ScriptedModel, startScriptedModel } from "./scripted-model/server.ts";

/*
 * The executor's conversation of a prepared run, with all that belongs to it: the real loop, driver, run log and journal, the scripted
 * model over HTTP. Only the workspace is a directory of this host, and there is no forge.
 */

export interface HeldWork {
  readonly model: ScriptedModel;
  /** Works from where the journal stands until the conversation ends, or until right after a fact that fits. */
  work(until?: (fact: RunEvent) => boolean): Promise<LoopEnd | JourneymanError | "cut">;
  facts(): Promise<RunEvent[]>;
  close(): Promise<void>;
}

export interface HeldOptions {
  readonly script: Script;
  readonly settings: Settings;
  readonly files?: Readonly<Record<string, string>>;
  /** The base commit, where anything reads it. */
  readonly base?: { readonly trees: BaseTrees; readonly sha: Sha };
  /** Whether the work may go on in a fresh context; true unless said otherwise. */
  readonly handsOff?: boolean;
  /** The scripted server and the driver that asks it; Anthropic's unless said otherwise. */
  readonly wire?: TestWire;
}

export interface TestWire {
  readonly start: (options: { readonly script: Script }) => Promise<ScriptedModel>;
  readonly make: (url: string) => Model;
}

const ANTHROPIC: TestWire = {
  start: (options) => startScriptedModel(options),
  make: (url) => createAnthropicModel({ apiKey: "k", baseUrl: url }),
};

const NO_TREES: BaseTrees = {
  open: (subject, sha) => {
    const { repositoryId } = subject;
    return Promise.resolve({ repositoryId, sha, treeSha: sha, directory: "", files: new Map() });
  },
  text: () => Promise.resolve(null),
};

function history({ settings, base }: HeldOptions): RunEvent[] {
  return facts
    .toPrepared(settings)
    .map((fact) => (fact.type === "intake.finished" && base ? { ...fact, baseSha: base.sha } : fact));
}

export async function startHeldWork(options: HeldOptions): Promise<HeldWork> {
  const directory = await mkdtemp(join(tmpdir(), "held-work-"));
  const { start, make } = options.wire ?? ANTHROPIC;
  const model = await start({ script: options.script });
  const journal = await openJournal({ file: join(directory, "journal.sqlite") });
  const workspace = await openLocalWorkspace(options.files);
  let ids = 0;
  const world = {
    journal,
    model: make(model.url),
    trees: options.base?.trees ?? NO_TREES,
    clock: {
      now: () => Date.now(),
      sleep: async () => {},
      newRunId: () => makeRunId(Date.now(), Buffer.from(String((ids += 1)).padStart(10, "0"))),
    },
    random: () => 0,
    redact: (event: RunEvent) => event,
    failpoint: () => {},
    view: { runUrl: null },
    dayCapMicroUsd: 1_000_000_000,
  } as unknown as World; // a conversation asks for nothing else
  const at = new Date().toISOString();
  const admit = () => ({ run: facts.RUN, events: history(options) });
  await journal.receive({ id: "one", body: "one" }, facts.SUBJECT, { at, admit });
  return {
    model,
    facts: async () => (await journal.load(facts.RUN)).map(({ event }) => event),
    work: (until = () => false) => work(world, { ...options, workspace }, until),
    close: async () => {
      await journal.close();
      await model.close();
      await workspace.close();
      await rm(directory, { recursive: true });
    },
  };
}

type Bench = HeldOptions & { readonly workspace: Awaited<ReturnType<typeof openLocalWorkspace>> };

async function work(world: World, bench: Bench, until: (fact: RunEvent) => boolean) {
  const claim = await world.journal.claim(facts.RUN, { holder: `w${Math.random()}`, leaseMs: 60_000, now: Date.now() });
  if (claim === null) throw new JourneymanError("lease_lost");
  const log = await openRunLog(world, claim);
  const { signal } = new AbortController();
  const context: StageContext = {
    world,
    log,
    state: log.state,
    round: 0,
    signal,
    purse: createPurse(log.state, world.clock),
  };
  if (log.state().conversations["implement.1"] === undefined) await log.append([beginWork(context, null)]);
  const talk = conversing(context, {
    stage: "implement",
    conversation: "implement.1",
    open: { workspace: bench.workspace },
    tools: EXECUTOR_TOOLS,
    ...(bench.handsOff !== false && { handOff: (notes: string) => goOn(context, notes, null) }),
    async *afterTools(turn, wrote) {
      const { id } = workingIn(context);
      if (wrote) yield { type: "checkpoint.saved", conversation: id, turn, changes: [], refused: [], ignored: 0 };
    },
  });
  try {
    for (;;) {
      const come = await talk.next();
      if (come.done === true) return come.value;
      await log.append([come.value]);
      if (until(come.value)) return "cut" as const;
    }
  } catch (thrown) {
    if (thrown instanceof JourneymanError) return thrown;
    throw thrown;
  } finally {
    await world.journal.release(claim, log.next());
  }
}

export const onlyOf = <T extends RunEvent["type"]>(all: readonly RunEvent[], type: T): EventOf<T>[] =>
  all.filter((fact): fact is EventOf<T> => fact.type === type);
