import { ok } from "node:assert/strict";
import { ProbotOctokit } from "probot";
import type { Github } from "./server.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** The real client with retries and throttling off, so that a test sees every answer. */
export const octokit = (github: Github, auth: object): ProbotOctokit =>
  new ProbotOctokit({
    baseUrl: github.api,
    retry: { enabled: false },
    throttle: { enabled: false },
    log: QUIET,
    auth,
  });

const credentials = ({ app }: Github) => ({ appId: app.id, privateKey: app.privateKey });

export const asApp = (github: Github): ProbotOctokit => octokit(github, credentials(github));

export const asInstallation = (github: Github): ProbotOctokit =>
  octokit(github, { ...credentials(github), installationId: github.app.installationId });

export const withToken = (github: Github, token: string): ProbotOctokit => octokit(github, { token });

/** A token of exactly this scope. */
export async function mint(
  github: Github,
  scope: { readonly repository_ids?: number[]; readonly permissions?: Record<string, string> } = {},
): Promise<string> {
  const installation_id = github.app.installationId;
  const { data } = await asApp(github).rest.apps.createInstallationAccessToken({ installation_id, ...scope });
  return data.token;
}

/** Status and message of a request that must be refused. */
export async function refusal(request: Promise<unknown>): Promise<readonly [unknown, string]> {
  const error: unknown = await request.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  ok(error instanceof Error, "the request was answered");
  return ["status" in error ? error.status : null, error.message];
}
