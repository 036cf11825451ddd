import type { DeliveryKeys, Intent } from "../core/intent.ts";

/** One attempt of GitHub to deliver an event to this App. */
export interface Attempt {
  readonly id: number;
  /** The same for all attempts of one event. */
  readonly guid: string;
  /** Milliseconds since 1970, by GitHub's clock. */
  readonly at: number;
  /** Whether it was answered with success. */
  readonly ok: boolean;
  /** Whether what it tells can be a command. */
  readonly matters: boolean;
}

/** GitHub's own record of what it sent. Throws as `Forge`. */
export interface Deliveries {
  /** Every attempt at or after `since` (milliseconds since 1970), newest first. */
  attempts(since: number): Promise<readonly Attempt[]>;
  /** Asks for another attempt with the same guid and body. */
  redeliver(attempt: number): Promise<void>;
}

/** Where the App is installed. */
export interface Installation {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A repository that the App may look into. */
export interface Place {
  readonly installationId: number;
  /** Milliseconds since 1970: what was said before is not for us. */
  readonly installedAt: number;
  readonly repositoryId: number;
  readonly owner: string;
  readonly name: string;
}

/** A command that was found on an issue instead of being delivered, with the names that its delivery has. */
export interface Found {
  readonly intent: Intent;
  readonly keys: DeliveryKeys;
  /** When it was given, in milliseconds since 1970, by GitHub's clock. */
  readonly at: number;
}

/** What one step through a repository's issues gave. */
export interface Looked {
  /** Oldest first within an issue. */
  readonly found: readonly Found[];
  /** Milliseconds since 1970, by GitHub's clock: what changed before was looked at. */
  readonly until: number;
  /** What time it was by GitHub's clock, in milliseconds since 1970. */
  readonly now: number;
  /** Whether there are more issues that changed since. */
  readonly more: boolean;
  /** Requests that it may have taken. */
  readonly calls: number;
}

/** What people asked for, read from the issues themselves. Throws as `Forge`. */
export interface Issues {
  /** Those that are not suspended. */
  installations(): Promise<readonly Installation[]>;
  /** Every repository of an installation. */
  places(installation: Installation): Promise<readonly Place[]>;
  /**
   * The commands that were given in a repository at or after `since` (milliseconds since 1970): unedited comments of people, and our label
   * on open issues.
   */
  commands(place: Place, since: number): Promise<Looked>;
}
