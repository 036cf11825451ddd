import { afterAll, beforeAll } from "vitest";
import { makeRunId, Sha } from "../../src/core/ids.ts";
import type { Actor, Subject } from "../../src/core/subject.ts";
import type { ForgeOptions } from "../../src/github/app.ts";
import { createForge } from "../../src/github/forge.ts";
import type { GitHubForge } from "../../src/github/forge.ts";
import type { CommitSpec } from "../../src/ports/forge.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Fault, FaultSpec } from "./github/faults.ts";
import type { IssueHandle, RepositoryHandle } from "./github/people.ts";
import { startGithub } from "./github/server.ts";
import type { Github } from "./github/server.ts";

/** A clock that is the machine's plus what was slept; sleeping takes no time and is written down. */
export function hastyClock(): Clock & { readonly slept: number[]; ahead: number } {
  const clock = {
    slept: [] as number[],
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    sleep: async (ms: number) => {
      clock.slept.push(ms);
      clock.ahead += ms;
    },
    newRunId: () => makeRunId(Date.now(), new Uint8Array(10)),
  };
  return clock;
}

/** A repository with one open issue on a simulated GitHub, and a forge that works on it. */
export interface Stage {
  readonly github: Github;
  readonly repo: RepositoryHandle;
  readonly issue: IssueHandle;
  readonly subject: Subject;
  readonly clock: ReturnType<typeof hastyClock>;
  readonly forge: GitHubForge;
  /** Another process of the same App. */
  readonly again: (over?: Partial<ForgeOptions>) => GitHubForge;
  /** Injected until the next stage is set. */
  readonly fault: (method: string, route: RegExp, spec: Omit<FaultSpec, "match">) => void;
  /** Requests since the stage was set, as `METHOD template`, those for tokens left out. */
  readonly sent: (method: string) => readonly string[];
  readonly actor: (login: string) => Actor;
}

/** Starts one GitHub for a test file; each call of the result sets a fresh repository and issue on it. */
export function stageOnGithub(): () => Promise<Stage> {
  let github: Github;
  let count = 0;
  const injected: Fault[] = [];
  beforeAll(async () => {
    github = await startGithub();
  });
  afterAll(() => github.stop());
  return async () => {
    for (const fault of injected.splice(0)) fault.cancel();
    const repo = await github.repository({
      name: `hello-${++count}`,
      files: { "README.md": "# Hello\n", "src/greet.js": "export const greet = 1;\n", "old.txt": "old\n" },
    });
    const issue = github.openIssue({ repo, user: "ada", title: "Greeting is wrong", body: "It says bye." });
    const clock = hastyClock();
    const { app, host } = github;
    const again = (over: Partial<ForgeOptions> = {}): GitHubForge =>
      createForge({
        appId: app.id,
        privateKey: app.privateKey,
        host,
        protocol: "http",
        clock,
        userAgent: "test",
        ...over,
      });
    const before = github.requests.length;
    return {
      github,
      repo,
      issue,
      subject: github.subject(issue),
      clock,
      forge: again(),
      again,
      fault: (method, route, spec) => void injected.push(github.fault({ match: { method, route }, ...spec })),
      sent: (method) =>
        github.requests
          .slice(before)
          .filter((one) => one.method === method && !one.path.endsWith("/access_tokens"))
          .map((one) => one.route ?? one.path),
      actor: (login) => ({ id: github.user(login).id, login, type: "User", viaApp: false }),
    };
  };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A commit on the default branch: one file changed, one executable added, one deleted. */
export const commitOn = async (repo: RepositoryHandle): Promise<CommitSpec> => ({
  baseSha: Sha.parse(await repo.headSha()),
  message: "Mend the greeting\n\nFixes #1",
  date: "2026-11-20T10:00:00Z",
  files: [
    { path: "src/greet.js", mode: "100644", bytes: bytesOf("export const greet = 2;\n") },
    { path: "bin/run", mode: "100755", bytes: new Uint8Array([0, 255, 10, 13, 10]) },
  ],
  deleted: ["old.txt"],
});
