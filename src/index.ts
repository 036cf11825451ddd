/*
 * What this package gives to other programs: `run`, the ports that it takes, and ready-made ones. The one file that passes others on.
 * Models of the OpenAI shape are in `journeyman/openai`, so that their vendor's package is loaded only where it is used.
 */

export { run, type RunRequest } from "./embed/run.ts";
export type { Decision, Proposal } from "./embed/decision.ts";
export type { RunPorts } from "./embed/ports.ts";
export type { End, ResultFile, RunResult } from "./embed/result.ts";
export { type LocalOptions, type LocalPorts, openLocalPorts } from "./embed/local-ports.ts";

export { createLocalForge, LOCAL_PERSON, type LocalForgeOptions } from "./local/forge.ts";
export { LocalIssue, readIssueFile } from "./local/issue-file.ts";
export { systemClock } from "./local/clock.ts";
export { openLocalRepository } from "./git/local-repository.ts";
export type { LocalRepository } from "./ports/local-repository.ts";
export { createMirror, type Mirror, type MirrorOptions } from "./git/trees.ts";
export { openArtifacts } from "./journal/artifacts.ts";
export { openJournal } from "./journal/journal.ts";
export { createAnthropicModel } from "./model/anthropic.ts";
export { createProviders, type ProvidersOptions } from "./model/providers.ts";
export { createDockerSandbox, type DockerSandboxOptions } from "./sandbox/docker.ts";
export { createRecordedModel, type RecordedOptions } from "./eval/recorded-model.ts";

export { JourneymanError } from "./core/errors.ts";
export { fold } from "./core/evolve.ts";
export type { EventOf, RunEvent, StoredEvent } from "./core/events.ts";
export type { RunId, Sha } from "./core/ids.ts";
export type { Message, ModelRequest, Usage } from "./core/messages.ts";
export type { Plan } from "./core/plan.ts";
export type { RunState } from "./core/state.ts";
export type { Actor, Subject } from "./core/subject.ts";

export type { Clock } from "./ports/clock.ts";
export type { CommitSpec, Forge, PullRequestSpec } from "./ports/forge.ts";
export type { Artifacts, Journal } from "./ports/journal.ts";
export type { Model, ModelOutcome } from "./ports/model.ts";
export type { OpenWorkspace, Sandbox, Workspace, WorkspaceSpec } from "./ports/sandbox.ts";
export type { BaseTree, BaseTrees } from "./ports/trees.ts";
export type { Web } from "./ports/web.ts";
