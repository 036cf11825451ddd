import { type Failpoint, noFailpoint } from "../ports/failpoint.ts";
import type { Journal } from "../ports/journal.ts";
import type { Logger } from "./logger.ts";

/*
 * What happens at a failpoint, from `JOURNEYMAN_FAILPOINT`: `POINT[#N]=kill|stop`, the N-th passing of a point (the first without a number).
 * `kill` is SIGKILL and `stop` SIGSTOP of this very process, at this very moment. A point that ends in `*` stands for all that begin like
 * it, counted together. Several, with commas between them, are independent.
 */

const SIGNALS = { kill: "SIGKILL", stop: "SIGSTOP" } as const;

export const FAILPOINT = /^[a-z][\w.:*-]*(#[1-9]\d{0,3})?=(kill|stop)(,[a-z][\w.:*-]*(#[1-9]\d{0,3})?=(kill|stop))*$/;

interface Trap {
  readonly point: string;
  readonly signal: NodeJS.Signals;
  left: number;
}

function trapOf(text: string): Trap {
  const [, point = "", number = "1", act = "kill"] = /^([^#=]+)(?:#(\d+))?=(kill|stop)$/.exec(text) ?? [];
  return { point, left: Number(number), signal: SIGNALS[act === "stop" ? "stop" : "kill"] };
}

const isAt = (trap: Trap, point: string): boolean =>
  trap.point.endsWith("*") ? point.startsWith(trap.point.slice(0, -1)) : trap.point === point;

/** Says loudly that this process is about to be stopped on purpose. */
export function failpointOf(setting: string | undefined, log: Pick<Logger, "warn">): Failpoint {
  if (setting === undefined) return noFailpoint;
  const traps = setting.split(",").map(trapOf);
  log.warn({ failpoint: setting }, "failpoint.set");
  return (point) => {
    for (const trap of traps) {
      if (!isAt(trap, point)) continue;
      trap.left -= 1;
      if (trap.left === 0) process.kill(process.pid, trap.signal);
    }
  };
}

/** The journal with `receive.before` and `receive.after` around what it takes in. */
export const withReceivePoints = (journal: Journal, failpoint: Failpoint): Journal => ({
  ...journal,
  async receive(...given) {
    failpoint("receive.before");
    const receipt = await journal.receive(...given);
    failpoint("receive.after");
    return receipt;
  },
});
