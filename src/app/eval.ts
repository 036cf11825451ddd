import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import { importDataset } from "../eval/import.ts";
import type { Trial } from "../eval/task-run.ts";
import { composeModel } from "./compose.ts";
import { evalConfig } from "./config.ts";
import { runBacktest } from "./eval-backtest.ts";
import { type EvalFlags, invalid, promptsOf, type Shown } from "./eval-options.ts";
import { runTasks } from "./eval-tasks.ts";
import { priceOf } from "./model-config.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function write(path: string | undefined, text: string): Promise<void> {
  if (path === undefined) return;
  await mkdir(dirname(resolve(path)), { recursive: true });
  await writeFile(path, text);
}

async function importInto(flags: EvalFlags, file: string): Promise<void> {
  if (flags.out === undefined) throw invalid("--import", "--out DIR beside it", "--import alone");
  const names = await importDataset(file, { out: flags.out, repos: flags.repos ?? "." });
  say(`${names.length} task(s) written to ${flags.out}; look at each hidden command, then run them with --live.`);
}

/** Runs `work` with a directory of its own, which is removed whatever happens, and a signal that an interrupt fires: then null. */
async function withPlace<T>(work: (workDir: string, signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const workDir = await mkdtemp(join(tmpdir(), "journeyman-eval-"));
  try {
    return await work(workDir, stop.signal);
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
    process.stderr.write("journeyman: stopped before the end; no report was written.\n");
    return null;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await rm(workDir, { recursive: true, force: true });
  }
}

/** All but the place and the signal. @throws config_invalid, price_unknown, option_invalid, evals_invalid */
async function trialOf(flags: EvalFlags): Promise<Omit<Trial, "workDir" | "signal">> {
  const config = evalConfig(flags.live === true);
  const price = priceOf(config);
  if (flags.model !== undefined && price(flags.model) === null)
    throw new JourneymanError("price_unknown", { model: flags.model });
  return {
    live: flags.live === true ? await composeModel(config) : null,
    price,
    prompts: promptsOf(flags.prompt),
    chosenModel: flags.model ?? null,
    journals: flags.journals ?? null,
    dockerHost: config.DOCKER_HOST,
    image: config.SANDBOX_IMAGE,
  };
}

function directoryIn(given: readonly string[]): string {
  const [directory, ...more] = given;
  if (directory === undefined || more.length > 0)
    throw invalid("eval", "one directory of golden tasks", given.join(" ") || "nothing");
  return directory;
}

async function evaluate(given: readonly string[], flags: EvalFlags): Promise<Shown | null> {
  const trial = await trialOf(flags);
  return withPlace((workDir, signal) => {
    const whole: Trial = { ...trial, workDir, signal };
    return flags.backtest === true ? runBacktest(given, flags, whole) : runTasks(directoryIn(given), flags, whole);
  });
}

/**
 * Evaluates golden tasks, asks stored turns anew, or takes a dataset in. False when a task failed, a ceiling was passed or a stored turn
 * got no answer.
 * @throws option_invalid, evals_invalid, docker_unreachable, image_missing, price_unknown, config_invalid, run_unknown, journal_missing
 */
export async function runEvals(given: readonly string[], flags: EvalFlags): Promise<boolean> {
  if (flags.import !== undefined) {
    await importInto(flags, flags.import);
    return true;
  }
  const shown = await evaluate(given, flags);
  if (shown === null) return false;
  say(shown.lines);
  await write(flags.json, `${JSON.stringify(shown.json, null, 2)}\n`);
  await write(flags.markdown, shown.markdown);
  return shown.ok;
}
