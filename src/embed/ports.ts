import { fromUsd } from "../core/money/money.ts";
import { createRedactor, redactEvent } from "../core/text/redact.ts";
import { systemClock } from "../local/clock.ts";
import { noFailpoint } from "../ports/failpoint.ts";
import { DEFAULT_TIMINGS, type World } from "../run/world.ts";

type Needed = "journal" | "artifacts" | "forge" | "trees" | "sandbox" | "model";

/** Everything that a run touches. What is not given has a default that reaches nothing outside this process. */
export interface RunPorts extends Pick<World, Needed>, Partial<Omit<World, Needed>> {}

/** Beside it the limits of the repository's settings stand. */
const DAY_CAP_USD = 10_000;

/** Masks what has the form of a secret. A caller who holds secrets of no known form gives a `redact` that knows them. */
const byForm = createRedactor([]);

const SILENT: World["log"] = { info: () => {}, warn: () => {} };

export const worldOf = (ports: RunPorts): World => ({
  clock: systemClock,
  random: Math.random,
  log: SILENT,
  redact: (event) => redactEvent(byForm, event),
  dayCapMicroUsd: fromUsd(DAY_CAP_USD),
  worker: `embedded/${process.pid}`,
  view: { runUrl: null },
  timings: DEFAULT_TIMINGS,
  failpoint: noFailpoint,
  ...ports,
});
