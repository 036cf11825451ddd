import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import type { Clock } from "../ports/clock.ts";
import { makeClient, perform } from "./client.ts";
import type { ClientOptions, Octokit, Reply } from "./client.ts";
import { errorOf } from "./failure.ts";

/**
 * What a token is for. Each is asked for this one repository with no more than its purpose needs: `fetch` is handed to git, `talk` reads
 * and comments, `publish` writes commits, branches and pull requests. `look` alone is for all repositories of an installation, and reads
 * only what people said on issues.
 */
const PERMISSIONS = {
  fetch: { metadata: "read", contents: "read" },
  talk: { metadata: "read", contents: "read", issues: "write", pull_requests: "write" },
  publish: { metadata: "read", contents: "write", pull_requests: "write" },
  look: { metadata: "read", issues: "read", pull_requests: "read" },
} as const;
export type Purpose = keyof typeof PERMISSIONS;

/** GitHub's tokens live an hour. */
const REFRESH_MS = 50 * 60_000;

export interface Held {
  readonly token: string;
  readonly octokit: Octokit;
  readonly mintedAt: number;
}

export interface Tokens {
  /** A token for this repository, held in memory for up to 50 minutes. Throws `installation_gone` and what any request throws. */
  get(subject: Subject, purpose: Purpose): Promise<Held>;
  /** Not to be used again, because GitHub refused it. */
  forget(subject: Subject, purpose: Purpose, held: Held): Promise<void>;
  /** Gives back all that are held for this repository, if no other view of these tokens has used them; best effort. */
  revoke(subject: Subject): Promise<void>;
  /** The same tokens for somebody who says by `revoke` when they are needed no longer. */
  shared(): Tokens;
}

const Minted = z.object({ token: z.string().min(1) });

/** What a purpose may do; a token that may only read has its writes taken away. */
const permissionsFor = (purpose: Purpose, readOnly: boolean): Readonly<Record<string, "read" | "write">> =>
  readOnly ? Object.fromEntries(Object.keys(PERMISSIONS[purpose]).map((name) => [name, "read"])) : PERMISSIONS[purpose];

export interface TokenOptions extends ClientOptions {
  /** No token may write, whatever it is for. */
  readonly readOnly?: boolean;
}

export function makeTokens(app: Octokit, options: TokenOptions, clock: Clock): Tokens {
  const held = new Map<string, Promise<Held>>();

  const mint = async (subject: Subject, purpose: Purpose): Promise<Held> => {
    const reply = await perform(app, requestFor(subject, purpose, options.readOnly ?? false), clock);
    if (!reply.ok) throw mintError(reply, clock.now());
    const { token } = reply.data;
    return { token, octokit: makeClient(options, { token }), mintedAt: clock.now() };
  };

  const mintOnce = (subject: Subject, purpose: Purpose): Promise<Held> => {
    const key = keyOf(subject, purpose);
    const minting = mint(subject, purpose).catch((thrown: unknown) => {
      if (held.get(key) === minting) held.delete(key);
      throw thrown;
    });
    held.set(key, minting);
    return minting;
  };

  const get = async (subject: Subject, purpose: Purpose): Promise<Held> => {
    const known = await held.get(keyOf(subject, purpose));
    if (known !== undefined && clock.now() - known.mintedAt < REFRESH_MS) return known;
    return mintOnce(subject, purpose);
  };

  const forget = async (subject: Subject, purpose: Purpose, refused: Held): Promise<void> => {
    const key = keyOf(subject, purpose);
    const known = await held.get(key);
    if (known?.token === refused.token) held.delete(key);
  };

  const giveBack = async (subject: Subject): Promise<void> => {
    const keys = REVOCABLE.map((purpose) => keyOf(subject, purpose));
    const given = keys.flatMap((key) => held.get(key) ?? []);
    for (const key of keys) held.delete(key);
    await Promise.allSettled(
      given.map(async (minting) => (await minting).octokit.rest.apps.revokeInstallationAccessToken()),
    );
  };

  const users = makeUsers();
  const view = (user: symbol): Tokens => ({
    get: (subject, purpose) => {
      users.enter(subject, user);
      return get(subject, purpose);
    },
    forget,
    revoke: async (subject) => {
      if (users.leave(subject, user)) await giveBack(subject);
    },
    shared: () => view(Symbol("user")),
  });
  return view(Symbol("user"));
}

/** Who uses the tokens of a repository just now: several runs of one process may. */
function makeUsers() {
  const byRepository = new Map<number, Set<symbol>>();
  return {
    enter({ repositoryId }: Subject, user: symbol): void {
      const users = byRepository.get(repositoryId) ?? new Set();
      byRepository.set(repositoryId, users.add(user));
    },
    /** Whether it was the last one. */
    leave({ repositoryId }: Subject, user: symbol): boolean {
      const users = byRepository.get(repositoryId);
      users?.delete(user);
      if (users !== undefined && users.size > 0) return false;
      byRepository.delete(repositoryId);
      return true;
    },
  };
}

const REVOCABLE: readonly Purpose[] = ["fetch", "talk", "publish"];

const keyOf = (subject: Subject, purpose: Purpose): string =>
  `${subject.installationId}/${purpose === "look" ? "all" : subject.repositoryId}/${purpose}`;

const requestFor = (subject: Subject, purpose: Purpose, readOnly: boolean) => ({
  action: "give the App a token",
  schema: Minted,
  send: (octokit: Octokit) =>
    octokit.rest.apps.createInstallationAccessToken({
      installation_id: subject.installationId,
      ...(purpose !== "look" && { repository_ids: [subject.repositoryId] }),
      permissions: permissionsFor(purpose, readOnly),
    }),
});

/** A removed installation is 404, a suspended one 403, a repository taken out of it 422: the same to a run. */
function mintError(reply: Extract<Reply<unknown>, { ok: false }>, now: number): JourneymanError {
  const { failure } = reply;
  const withdrawn = failure.kind === "missing" || (failure.kind === "invalid" && !/permission/i.test(failure.message));
  if (withdrawn) return new JourneymanError("installation_gone", {}, { cause: failure });
  return errorOf(failure, "give the App a token", now);
}
