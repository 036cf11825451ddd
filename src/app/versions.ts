/** A version as numbers; what follows the numbers (pre-release, distribution) is left out. */
const numbers = (version: string): readonly number[] =>
  (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);

function compare(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** First releases of runc without the container escapes of November 2025 (CVE-2025-31133, -52565, -52881), per line. */
export const RUNC_FLOORS: readonly string[] = ["1.2.8", "1.3.3", "1.4.0"];

/**
 * Whether a version is older than the floor of its line (same major and minor), or older than every line that has a floor.
 * Distributions backport fixes without raising the number, so an answer of `true` is a reason to look, not proof.
 */
export function olderThan(version: string, floors: readonly string[]): boolean {
  const own = numbers(version);
  const line = floors.map(numbers).find((floor) => floor[0] === own[0] && floor[1] === own[1]);
  if (line !== undefined) return compare(own, line) < 0;
  return floors.map(numbers).every((floor) => compare(own, floor) < 0);
}
