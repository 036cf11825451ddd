/* Numbers from repeated measurements. Times are milliseconds. */

/** What one side of a comparison showed, in the order measured. */
export type Values = readonly number[];

/** The value below which `share` of all values lie. NaN when there are none. */
export const quantile = (values: Values, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;

/** The middle; between the two in the middle when their number is even. */
export function median(values: Values): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

type Sides<Name extends string> = Readonly<Record<Name, (round: number) => Promise<number>>>;

/**
 * Measures several things by turns, each once a round, every round beginning with another one: what slows the machine down for a while
 * slows all of them. The first round only warms up and is not kept, unless `cold`.
 */
export async function byTurns<Name extends string>(
  rounds: number,
  sides: Sides<Name>,
  cold = false,
): Promise<Readonly<Record<Name, Values>>> {
  const names = Object.keys(sides) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = cold ? 1 : 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      if (name === undefined) continue;
      const value = await sides[name](round);
      if (round > 0) values[name].push(value);
    }
  }
  return values;
}

/** The middle of the ratios of each round where both sides have one a round, else the ratio of the middles. */
export function ratioOf(ours: Values, peer: Values): number {
  if (ours.length !== peer.length) return median(ours) / median(peer);
  return median(ours.map((value, round) => value / (peer[round] ?? Number.NaN)));
}
