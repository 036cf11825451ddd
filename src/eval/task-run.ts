import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { asJourneymanError } from "../core/errors.ts";
import { factLine } from "../journal/fact-line.ts";
import { SETTINGS_PATH } from "../core/settings/settings.ts";
import type { Decision } from "../embed/decision.ts";
import { type LocalPorts, openLocalPorts } from "../embed/local-ports.ts";
import { run } from "../embed/run.ts";
import { createRepository, openLocalRepository } from "../git/local-repository.ts";
import type { Model } from "../ports/model.ts";
import type { Prompts } from "../core/prompt-roles.ts";
import { promptedModel } from "./changed-roles.ts";
import { type ChosenModel, settingsWith } from "./chosen-models.ts";
import { ceilingFaults, expectationFaults } from "./expectations.ts";
import { gradingFaults } from "./grade.ts";
import { type Measures, measuresOf } from "./measure.ts";
import { createRecordedModel } from "./recorded-model.ts";
import type { Task } from "./task.ts";

/** What all tasks of an evaluation share. */
export interface Trial {
  /** Asked in place of the recorded scripts; null for those. */
  readonly live: Model | null;
  readonly price: Model["price"];
  readonly prompts: Prompts;
  readonly chosenModel: ChosenModel;
  /** Everything of a task is kept in a directory of its own below it. */
  readonly workDir: string;
  /** Where each task's journal is left as a file, if anywhere. */
  readonly journals: string | null;
  readonly dockerHost: string | undefined;
  readonly image: string;
  readonly signal: AbortSignal;
}

export interface TaskReport extends Measures {
  readonly name: string;
  readonly language: string;
  readonly description: string;
  readonly passed: boolean;
  /** Sentences; none when it passed. */
  readonly faults: readonly string[];
  /** Null when it came to no end. */
  readonly end: string | null;
}

const NOTHING: Measures = measuresOf([]);

function decisionOf(decision: Task["decisions"][number]): Decision {
  if (decision === "approve") return { kind: "approve" };
  return "revise" in decision
    ? { kind: "revise", feedback: decision.revise }
    : { kind: "reject", reason: decision.reject };
}

async function repositoryOf(task: Task, directory: string): Promise<{ repository: string; base: string }> {
  if (task.clonePath !== null) return { repository: task.clonePath, base: task.clone?.commit ?? "HEAD" };
  const { gitDir } = await createRepository(join(directory, "repository.git"), task.files);
  return { repository: gitDir, base: "main" };
}

async function settingsOf(task: Task, trial: Trial, place: { repository: string; base: string }) {
  if (trial.chosenModel === null) return {};
  const repository = await openLocalRepository(place.repository);
  const sha = await repository.resolve(place.base);
  const text = sha === null ? null : await repository.text(sha, SETTINGS_PATH);
  return { settings: settingsWith(text, trial.chosenModel) };
}

function modelOf(task: Task, { live, price, prompts }: Trial): Model {
  const { script, name } = task.recorded ?? { script: { version: 1 as const, roles: {} }, name: task.name };
  return promptedModel(live ?? createRecordedModel({ script, name, price }), prompts);
}

async function open(task: Task, trial: Trial): Promise<LocalPorts> {
  const directory = join(trial.workDir, task.name);
  const { dockerHost, image } = trial;
  const place = await repositoryOf(task, directory);
  return openLocalPorts({
    ...place,
    ...(await settingsOf(task, trial, place)),
    issue: task.given,
    model: modelOf(task, trial),
    dataDir: join(directory, "data"),
    image,
    ...(dockerHost !== undefined && { dockerHost }),
  });
}

async function attempt(task: Task, trial: Trial, { ports, subject }: LocalPorts): Promise<TaskReport> {
  const decisions = task.decisions.values();
  const answers = task.answers.values();
  let decision: Decision = { kind: "approve" };
  const decidePlan = (): Decision => {
    const coming = decisions.next();
    if (coming.done !== true) decision = decisionOf(coming.value);
    return decision;
  };
  const signal = AbortSignal.any([trial.signal, AbortSignal.timeout(task.ceilings.minutes * 60_000)]);
  const answer = (): string | null => answers.next().value ?? null;
  const result = await run({ ports, subject, decidePlan, answer, signal });
  trial.signal.throwIfAborted();
  const facts = await ports.journal.load(result.run);
  const measures = measuresOf(facts);
  if (trial.journals !== null) {
    const lines = facts.map((fact) => `${factLine(fact)}\n`).join("");
    await writeFile(join(trial.journals, `${task.name}.jsonl`), lines);
  }
  const faults = [
    ...expectationFaults(task, { result, facts, measures }),
    ...ceilingFaults(task, measures),
    ...(await gradingFaults(task, ports, { result, signal: trial.signal })),
  ];
  const { name, language, description } = task;
  return { name, language, description, passed: faults.length === 0, faults, end: result.end, ...measures };
}

/** Runs one task through the engine and grades it. What fails on the way is a fault of the report; throws only when stopped. */
export async function runTask(task: Task, trial: Trial): Promise<TaskReport> {
  const { name, language, description } = task;
  const failed = (fault: string): TaskReport => {
    return { name, language, description, passed: false, faults: [fault], end: null, ...NOTHING };
  };
  if (trial.live === null && task.recorded === null)
    return failed(`${name} has no script, so it can only run with --live`);
  let ports: LocalPorts | null = null;
  try {
    ports = await open(task, trial);
    return await attempt(task, trial, ports);
  } catch (thrown) {
    trial.signal.throwIfAborted();
    return failed(asJourneymanError(thrown).message);
  } finally {
    await ports?.close();
  }
}
