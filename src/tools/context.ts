import type { Workspace } from "../ports/sandbox.ts";
import type { Web } from "../ports/web.ts";

/** What the repository teaches on demand, from its base commit. */
export interface Skills {
  readonly names: readonly string[];
  /** The text of a `SKILL.md` without its front matter; null when it cannot be read. */
  readonly body: (name: string) => Promise<string | null>;
}

/** What a tool may reach besides the workspace. */
export interface Reach {
  readonly skills?: Skills;
  /** Open hosts; absent when there are none. */
  readonly web?: Web;
}

/** All a tool may reach. No credential, no forge, no journal: only the run's own workspace, and what the operator opened besides. */
export interface ToolContext extends Reach {
  readonly workspace: Workspace;
  /** Names what is kept of a long result. */
  readonly callId: string;
  readonly signal: AbortSignal;
  /** Longest a command may run, in milliseconds. */
  readonly commandMs: number;
}
