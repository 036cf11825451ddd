import { z } from "zod";
import type { Subject } from "../core/subject.ts";
import type { Clock } from "../ports/clock.ts";
import { seek } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { perform } from "./client.ts";
import type { Octokit } from "./client.ts";
import { errorOf } from "./failure.ts";

const AppAnswer = z.object({
  id: z.int(),
  slug: z.string().min(1),
  name: z.string(),
  permissions: z.record(z.string(), z.string()).default({}),
  events: z.array(z.string()).default([]),
});
/** The App as GitHub knows it. */
export type AppInfo = z.infer<typeof AppAnswer>;

/** Who commits are by. */
export interface Signature {
  readonly name: string;
  readonly email: string;
}

export interface Identity {
  readonly info: () => Promise<AppInfo>;
  /** The App's own account as author of commits. The same for as long as the process lives, so that a commit made twice is one commit. */
  readonly signature: (subject: Subject) => Promise<Signature>;
}

const User = z.object({ id: z.int() });

export function makeIdentity(app: Octokit, calls: Calls, noReplyHost: string): Identity {
  let known: Promise<Signature> | null = null;
  const info = () => fetchInfo(app, calls.clock);
  const find = async (subject: Subject): Promise<Signature> => {
    const name = `${(await info()).slug}[bot]`;
    const user = await seek(calls, {
      subject,
      purpose: "talk",
      action: "read the App's account",
      schema: User,
      send: (octokit) => octokit.rest.users.getByUsername({ username: name }),
    });
    return { name, email: `${user === null ? "" : `${user.id}+`}${name}@users.noreply.${noReplyHost}` };
  };
  return {
    info,
    signature: (subject) => {
      known ??= find(subject).catch((thrown: unknown) => {
        known = null;
        throw thrown;
      });
      return known;
    },
  };
}

async function fetchInfo(app: Octokit, clock: Clock): Promise<AppInfo> {
  const action = "read the App";
  const reply = await perform(
    app,
    { action, schema: AppAnswer, send: (octokit) => octokit.rest.apps.getAuthenticated() },
    clock,
  );
  if (!reply.ok) throw errorOf(reply.failure, action, clock.now());
  return reply.data;
}
