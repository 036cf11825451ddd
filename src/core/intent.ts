import type { Command } from "./commands.ts";
import type { Actor, Subject } from "./subject.ts";

/** What a delivery asks for, taken from its payload alone. Whether it may be done is decided later, with live look-ups. */
export interface Intent {
  readonly subject: Subject;
  readonly title: string;
  readonly isPullRequest: boolean;
  readonly actor: Actor;
  readonly command: Command;
  /** The comment that carried the command; null for a label. Times are GitHub's, ISO 8601. */
  readonly comment: { readonly id: number; readonly updatedAt: string } | null;
}

/** How one delivery is told from another: by GitHub's id, and by what its signed body says (the id itself is not signed). */
export interface DeliveryKeys {
  readonly id: string;
  readonly body: string;
  /** Other names that the same body may have had, where its time is not known to the second: any of them seen before is a duplicate. */
  readonly also?: readonly string[];
}
