import type { Workspace } from "../ports/sandbox.ts";

/** All a tool may reach. No credential, no forge, no journal: only the run's own workspace. */
export interface ToolContext {
  readonly workspace: Workspace;
  /** Names what is kept of a long result. */
  readonly callId: string;
  readonly signal: AbortSignal;
  /** Longest a command may run, in milliseconds. */
  readonly commandMs: number;
}
