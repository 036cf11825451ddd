import { z } from "zod";

/** A run's identity: a ULID in lower case, 26 characters, sortable by start time. */
export const RunId = z
  .string()
  .regex(/^[0-9a-hjkmnp-tv-z]{26}$/)
  .brand<"RunId">();
export type RunId = z.infer<typeof RunId>;

/** A git object id: 40 lower-case hexadecimal digits (SHA-1 repositories). */
export const Sha = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .brand<"Sha">();
export type Sha = z.infer<typeof Sha>;

/** A SHA-256 in 64 lower-case hexadecimal digits: names an artifact by its bytes, or a plan by what it binds. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<"Digest">();
export type Digest = z.infer<typeof Digest>;

/** A digest whose bytes lie in the artifact store: they are kept for as long as a fact names them so. */
export const ArtifactDigest = Digest.clone();

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes a run id from a time and ten random bytes. Time and randomness come in as arguments, so the result is a function of them.
 * @param at milliseconds since 1970
 * @param random exactly ten bytes
 */
export function makeRunId(at: number, random: Uint8Array): RunId {
  let time = "";
  for (let rest = at, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) {
    time = CROCKFORD.charAt(rest % 32) + time;
  }
  let bits = 0n;
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  let noise = "";
  for (let digit = 0; digit < 16; digit++, bits >>= 5n) noise = CROCKFORD.charAt(Number(bits & 31n)) + noise;
  return RunId.parse(time + noise);
}

/** When a run began, from its id: milliseconds since 1970, by the clock of whoever made it. */
export function beganAt(run: RunId): number {
  let at = 0;
  for (const digit of run.slice(0, 10)) at = at * 32 + CROCKFORD.indexOf(digit);
  return at;
}

/** The last eight characters of a run id: short enough for a branch name, long enough not to meet twice on one issue. */
export const shortId = (run: RunId): string => run.slice(-8);

/** The branch a run publishes to. Its name comes from the run alone, so a repeat finds its own branch. */
export const branchName = (run: RunId, issue: number): string => `journeyman/issue-${issue}-${shortId(run)}`;

/** Container and volume names of a run's sandbox; `purpose` tells its sandboxes apart. */
export const sandboxName = (run: RunId, epoch: number, purpose: string): string =>
  `journeyman-${run}-${epoch}-${purpose}`;
