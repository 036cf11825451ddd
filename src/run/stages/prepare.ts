import type { RunEvent } from "../../core/events.ts";
import { JourneymanError } from "../../core/errors.ts";
import { digestOutput } from "../../core/testing/test-output.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { commandsOf } from "../testing/commands-of.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { printed } from "../testing/test-run.ts";
import { testedTwice } from "../testing/tested-twice.ts";
import { baseTree } from "../workspace.ts";

const OUTPUT_CHARS = 4_000;

async function* install(context: StageContext, base: BaseTree, command: string): AsyncGenerator<RunEvent, void> {
  const { world, log, signal } = context;
  const { limits } = intakeOf(context).settings;
  const timeoutMs = limits.command_minutes * 60_000;
  const { run, epoch } = log.claim;
  const spec = { run, epoch, base, command, timeoutMs, memoryMb: limits.memory_mb, cpus: limits.cpus };
  const { result, layer, blocked } = await world.sandbox.install(spec, signal);
  const { exitCode, durationMs } = result;
  const output = digestOutput(printed(result), OUTPUT_CHARS);
  yield { type: "setup.finished", command, exitCode, durationMs, output, layer, blocked: [...blocked] };
  if (layer === null) throw new JourneymanError("setup_failed", { command, exitCode: exitCode ?? result.ended });
}

/** Installs the dependencies once, then runs the tests on the base commit: what failed before is not the change's fault. */
export async function* prepare(context: StageContext): AsyncGenerator<RunEvent, void> {
  const { state } = context;
  const base = await baseTree(context);
  const { setup, test } = await commandsOf(context, base);
  if (setup !== null && !state().setup?.layer) yield* install(context, base, setup);
  if (test === null || state().baseline !== null) return;
  const { minutes } = intakeOf(context).settings.tests;
  const run = {
    command: test,
    minutes,
    phase: "baseline",
    attempt: 0,
    purpose: "baseline",
    fromCheckpoint: false,
  } as const;
  yield* testedTwice(context, base, run);
}
