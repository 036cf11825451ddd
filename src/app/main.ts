#!/usr/bin/env node
import { Command } from "commander";
import { asJourneymanError } from "../core/errors.ts";
import type { EvalFlags } from "./eval-options.ts";
import type { ForkFlags } from "./fork-options.ts";
import type { ExportOptions } from "./export.ts";
import type { ShowOptions } from "./print-run.ts";
import type { ReplayOptions } from "./replay.ts";
import { printedSentence } from "./sentence.ts";
import type { Parts } from "./serve.ts";

/* Each command loads what it needs when it is given: a look at the journal waits for no driver. */

/** What a user may rely on: 0 done, 1 refused or failed, 2 worth trying again; each with its sentence on standard error. */
function report(thrown: unknown): void {
  const error = asJourneymanError(thrown);
  const hint = error.code === "internal" && thrown instanceof Error ? `\n${thrown.stack}` : "";
  process.stderr.write(`journeyman: ${printedSentence(error)}${hint}\n`);
  process.exitCode = error.class === "terminal" ? 1 : 2;
}

// Whoever reads our output may stop before its end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

async function server(parts: Parts): Promise<void> {
  const { serverConfig } = await import("./config.ts");
  const config = serverConfig();
  const { serve } = await import("./serve.ts");
  await serve(config, parts);
}

const collected = (one: string, all: readonly string[]): readonly string[] => [...all, one];

const program = new Command("journeyman")
  .description("Turns an issue into a tested pull request, and writes nothing before a person approves the plan.")
  .version("0.1.0")
  .showHelpAfterError();

program
  .command("serve")
  .description("web side and worker in one process")
  .action(() => server({ web: true, worker: true }));
program
  .command("web")
  .description("web side only: takes webhooks in")
  .action(() => server({ web: true, worker: false }));
program
  .command("work")
  .description("worker only: drives runs")
  .action(() => server({ web: false, worker: true }));
program
  .command("show")
  .argument("<run>", "the run's id, or its last eight characters; or a file of `export` (.tar.gz)")
  .option("--all", "every fact, the quiet ones too")
  .option("--json", "the facts as JSON lines")
  .option("--plan", "the plan comment as it was posted")
  .option("--understanding", "how the issue was sorted and what was found out before the plan")
  .option("--files", "the changed files of the last checkpoint")
  .option("--requests", "every request to a model, and why it does not extend the one before it")
  .option("--at <n>", "as of fact N: the facts up to it, and the state that they come to")
  .option("--artifact <digest|path>", "one artifact, or one file of the checkpoint, as it is")
  .description("a run's timeline, with its cost per stage")
  .action(async (run: string, options: ShowOptions) => {
    const { showRun } = await import("./inspect.ts");
    await showRun(run, options);
  });
program
  .command("replay")
  .argument("<run>", "the run's id, or its last eight characters")
  .option("--diff", "of each text that differs, from what was shown to what is rendered")
  .option("--out <dir>", "writes the rendered texts there, a file each")
  .description(
    "renders every comment and the pull request anew from the facts; exit code 1 when one is not as it was shown",
  )
  .action(async (run: string, options: ReplayOptions) => {
    const { replayRun } = await import("./replay.ts");
    process.exitCode = (await replayRun(run, options)) ? 0 : 1;
  });
program
  .command("fork")
  .argument("[run]", "the run's id, or its last eight characters")
  .option("--at <n>", "the last fact that is taken over")
  .option("--model <id>", "this model in every role")
  .option("--settings <file>", "in place of the repository's .github/journeyman.yml")
  .option("--prompt <role=file>", "another system text for a role; may be repeated", collected, [])
  .option("--publish", "shows it on GitHub as the run of its issue")
  .option("--approve", "approves whatever plan it makes")
  .option("--answer <text>", "answers the first question that it asks")
  .option("--resume <fork>", "goes on with a fork instead of beginning one")
  .option("--json <file>", "the comparison as JSON")
  .description("begins a run anew from one of its facts, shows nothing of it to GitHub, and compares the two")
  .action(async (run: string | undefined, flags: ForkFlags) => {
    const { forkRun } = await import("./fork.ts");
    await forkRun(run, flags);
  });
program
  .command("export")
  .argument("<run>", "the run's id, or its last eight characters")
  .option("--out <file>", "where to; by default <run>.tar.gz here")
  .option("--force", "overwrites a file that is there")
  .description("one self-contained archive: facts, artifacts, and a manifest with the checksum of each")
  .action(async (run: string, options: ExportOptions) => {
    const { exportRun } = await import("./export.ts");
    await exportRun(run, options);
  });
program
  .command("runs")
  .option("--live", "only runs that are not over")
  .option("--limit <n>", "how many, newest first, 1 to 10000", "20")
  .description("the runs of this instance")
  .action(async (options: { live?: boolean; limit: string }) => {
    const { listRuns } = await import("./run-list.ts");
    await listRuns(options);
  });
program
  .command("backup")
  .argument("<directory>", "where to; empty, or not there yet")
  .description("copies the journal and its artifacts while the server runs")
  .action(async (directory: string) => {
    const { backUp } = await import("./backup.ts");
    process.exitCode = (await backUp(directory)) ? 0 : 1;
  });
program
  .command("doctor")
  .description("checks configuration, Redis, Docker, image, model and GitHub App, and says what to do")
  .action(async () => {
    const { doctor } = await import("./doctor.ts");
    process.exitCode = await doctor();
  });
program
  .command("eval")
  .argument("[paths...]", "a directory of golden tasks; with --backtest runs, or files exported from them")
  .option("--live", "ask the configured models instead of the recorded scripts")
  .option("--model <id>", "this model in every role")
  .option("--prompt <role=file>", "another system text for a role; may be repeated", collected, [])
  .option("--only <name>", "only tasks and cases whose name holds this")
  .option("--jobs <n>", "tasks at a time, 1 to 16", "2")
  .option("--json <file>", "the report as JSON")
  .option("--markdown <file>", "the report as Markdown")
  .option("--journals <dir>", "leaves the journal of each task there, as JSON lines")
  .option("--backtest", "asks every turn of stored runs anew, and compares")
  .option("--script <file>", "with --backtest: a recorded script that answers")
  .option("--import <file>", "writes golden tasks from a dataset of SWE-bench's form")
  .option("--out <dir>", "with --import: where the tasks go")
  .option("--repos <dir>", "with --import: where the clones lie, by default here")
  .description("golden tasks, point-in-time cases and back-tests; exit code 1 when one fails or passes a ceiling")
  .action(async (paths: string[], flags: EvalFlags) => {
    const { runEvals } = await import("./eval.ts");
    process.exitCode = (await runEvals(paths, flags)) ? 0 : 1;
  });

await program.parseAsync().catch(report);
