#!/usr/bin/env node
import { Command } from "commander";
import { asJourneymanError, CATALOGUE } from "../core/errors.ts";
import { serverConfig } from "./config.ts";
import { doctor } from "./doctor.ts";
import { showRun, type ShowOptions } from "./inspect.ts";
import { listRuns } from "./run-list.ts";
import { printedSentence } from "./sentence.ts";
import { serve } from "./serve.ts";

/** What a user may rely on: 0 done, 1 refused or failed, 2 worth trying again; each with its sentence on standard error. */
function report(thrown: unknown): void {
  const error = asJourneymanError(thrown);
  const hint = error.code === "internal" && thrown instanceof Error ? `\n${thrown.stack}` : "";
  process.stderr.write(`journeyman: ${printedSentence(error)}${hint}\n`);
  process.exitCode = CATALOGUE[error.code].class === "terminal" ? 1 : 2;
}

// Whoever reads our output may stop before its end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const program = new Command("journeyman")
  .description("Turns an issue into a tested pull request, and writes nothing before a person approves the plan.")
  .version("0.1.0")
  .showHelpAfterError();

program
  .command("serve")
  .description("web side and worker in one process")
  .action(() => serve(serverConfig(), { web: true, worker: true }));
program
  .command("web")
  .description("web side only: takes webhooks in")
  .action(() => serve(serverConfig(), { web: true, worker: false }));
program
  .command("work")
  .description("worker only: drives runs")
  .action(() => serve(serverConfig(), { web: false, worker: true }));
program
  .command("show")
  .argument("<run>", "the run's id, or its last eight characters")
  .option("--all", "every fact, the quiet ones too")
  .option("--json", "the facts as JSON lines")
  .option("--plan", "the plan comment as it was posted")
  .option("--understanding", "how the issue was sorted and what was found out before the plan")
  .option("--files", "the changed files of the last checkpoint")
  .option("--requests", "every request to a model, and why it does not extend the one before it")
  .description("a run's timeline, with its cost per stage")
  .action((run: string, options: ShowOptions) => showRun(run, options));
program
  .command("runs")
  .option("--live", "only runs that are not over")
  .option("--limit <n>", "how many, newest first, 1 to 10000", "20")
  .description("the runs of this instance")
  .action((options: { live?: boolean; limit: string }) => listRuns(options));
program
  .command("doctor")
  .description("checks configuration, Redis, Docker, image, model and GitHub App, and says what to do")
  .action(async () => {
    process.exitCode = await doctor();
  });

await program.parseAsync().catch(report);
