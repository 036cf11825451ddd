import { vendorOfModel, type Vendor } from "../core/vendor.ts";

/** The model after each model, as the operator chained them. */
export type StandIns = ReadonlyMap<string, string>;

export interface Failover {
  readonly standIns: StandIns;
  /** A sentence each, without its full stop. */
  readonly faults: readonly string[];
}

const ID = /^[\w.:@/-]+$/;

/** Reads `a>b>c, d>e`: the second stands in for the first, the third for the second. Following a chain always ends. */
export function parseFailover(text: string, configured: ReadonlySet<Vendor>): Failover {
  const chains = text.split(",").map((chain) => chain.split(">").map((id) => id.trim()));
  const standIns = new Map<string, string>();
  const faults: string[] = [];
  for (const chain of chains) {
    if (chain.length < 2) faults.push(`\`${chain.join(">")}\` names no stand-in: write \`model>stand-in\``);
    for (const [at, id] of chain.entries()) {
      const fault = faultOf(id, configured);
      if (fault !== null) faults.push(fault);
      const next = chain[at + 1];
      if (next === undefined) continue;
      if ((standIns.get(id) ?? next) !== next) faults.push(`\`${id}\` has two stand-ins: name one`);
      else standIns.set(id, next);
    }
  }
  const circle = [...standIns.keys()].find((id) => comesBack(id, standIns));
  if (circle !== undefined) faults.push(`the chain of \`${circle}\` comes back to where it was: end it before that`);
  return { standIns, faults: [...new Set(faults)] };
}

function faultOf(id: string, configured: ReadonlySet<Vendor>): string | null {
  if (!ID.test(id)) return `\`${id}\` is not the id of a model`;
  const vendor = vendorOfModel(id);
  if (configured.has(vendor)) return null;
  return `\`${id}\` needs ${vendor === "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY or OPENAI_BASE_URL"}`;
}

function comesBack(start: string, standIns: StandIns): boolean {
  const seen = new Set<string>();
  for (let id: string | undefined = start; id !== undefined; id = standIns.get(id)) {
    if (seen.has(id)) return true;
    seen.add(id);
  }
  return false;
}
