import type { StoredEvent } from "../../../src/core/events.ts";
import type { RunId } from "../../../src/core/ids.ts";
import type { RunState } from "../../../src/core/state.ts";
import type { Journal } from "../../../src/ports/journal.ts";
import type { Github } from "../github/server.ts";
import type { IssueHandle, RepositoryHandle } from "../github/people.ts";
import type { Script } from "../scripted-model/script.ts";
import type { ScriptedModel } from "../scripted-model/server.ts";
import type { CanaryNames } from "./canaries.ts";
import type { FaultProcess } from "./process.ts";

/* One run of the product under a fault, as its suite sees it (rig.ts makes it). */

export type Store = "sqlite" | "postgres";
export const STORES: readonly Store[] = ["sqlite", "postgres"];

export interface OpenOptions {
  /** The scene's own unless told. */
  readonly script?: Script;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface FaultRun extends AsyncDisposable {
  readonly store: Store;
  readonly github: Github;
  readonly model: ScriptedModel;
  readonly dataDir: string;
  /** Opened beside the servers, to be read. */
  readonly journal: Journal;
  readonly repository: RepositoryHandle;
  readonly issue: IssueHandle;
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets of the servers, which must appear nowhere outside. */
  readonly canaries: Readonly<Record<CanaryNames, string>>;
  /** Every process started so far, dead ones included. */
  readonly processes: readonly FaultProcess[];
  /** What the engine told of the containers whenever somebody looked. */
  readonly seenContainers: string[];
  /** Starts a server; GitHub delivers to the newest one. `failpoint` as JOURNEYMAN_FAILPOINT takes it. */
  start(failpoint?: string, command?: "serve" | "work"): Promise<FaultProcess>;
  /** Labels the issue, and approves the plan once it is there and a server is up. */
  begin(): void;
  /** Waits for the death by SIGKILL; fails when the run comes to its end before. */
  untilKilled(process: FaultProcess): Promise<void>;
  /** Waits until the process has stopped itself; fails when the run comes to its end before. */
  untilFrozen(process: FaultProcess): Promise<void>;
  /** Waits until another worker has taken the run over from this epoch, or there is nothing left to take over. */
  untilTakenOver(epoch: number): Promise<void>;
  epoch(): Promise<number>;
  /** Null before the delivery was taken in. */
  id(): Promise<RunId | null>;
  facts(): Promise<readonly StoredEvent[]>;
  /** Waits until the run has ended or is parked for a person, and GitHub shows it. */
  untilOver(timeoutMs?: number): Promise<RunState>;
  /** Kills what is left of it and removes its directory. */
  close(): Promise<void>;
}
