import { mkdir } from "node:fs/promises";
import { JourneymanError } from "../core/errors.ts";
import { readEvals } from "../eval/directory.ts";
import { markdownReport, progressLine, summaryLines } from "../eval/report.ts";
import { runSuite } from "../eval/suite.ts";
import type { Trial } from "../eval/task-run.ts";
import { createDockerSandbox } from "../sandbox/docker.ts";
import { type EvalFlags, jobsOf, type Shown } from "./eval-options.ts";

const NO_REGISTRIES = { npm: "", pypi: "", privateHosts: [] };

/** Before anything is run: one sentence is better than as many failures as there are tasks. */
async function checkSandbox({ dockerHost, image, workDir: dataDir }: Trial): Promise<void> {
  const where = dockerHost === undefined ? {} : { dockerHost };
  const sandbox = createDockerSandbox({ ...where, image, instance: "eval", dataDir, registries: NO_REGISTRIES });
  try {
    const { imageId } = await sandbox.report();
    if (imageId === null) throw new JourneymanError("image_missing", { image });
  } finally {
    await sandbox.close();
  }
}

/** Runs the golden tasks of a directory. @throws option_invalid, evals_invalid, docker_unreachable, image_missing */
export async function runTasks(directory: string, flags: EvalFlags, trial: Trial): Promise<Shown> {
  const jobs = jobsOf(flags.jobs);
  const evals = await readEvals(directory, flags.only);
  if (evals.tasks.length > 0) await checkSandbox(trial);
  if (flags.journals !== undefined) await mkdir(flags.journals, { recursive: true });
  const done = (one: Parameters<typeof progressLine>[0]): void => void process.stdout.write(`${progressLine(one)}\n`);
  const report = await runSuite(evals, trial, { jobs, done });
  const ok = report.total.passed === report.total.of;
  return { lines: summaryLines(report), markdown: markdownReport(report), json: report, ok };
}
