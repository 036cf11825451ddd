import { DatabaseError } from "pg";
import { JourneymanError } from "../core/errors.ts";

/*
 * What a failure of PostgreSQL means. Its own words never leave this file: they may hold hosts, users and values, and the sentence of
 * `storage_unavailable` stands in comments.
 */

/**
 * `collision`: two transactions met, and this one was undone. `away`: the server cannot serve at the moment, another try may find it.
 * `refused`: only an operator changes that. `fault`: the statement itself is wrong.
 */
export type FaultKind = "collision" | "away" | "refused" | "fault";

/** Codes and classes of codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const KINDS: readonly (readonly [prefix: string, kind: FaultKind, reason: string])[] = [
  ["40001", "collision", "too many changes at once"],
  ["40P01", "collision", "too many changes at once"],
  ["55P03", "away", "another process holds a lock for too long"],
  ["57014", "away", "a statement took too long"],
  ["25P03", "away", "this process was too slow in a transaction"],
  ["25006", "away", "the server only reads, as a standby does"],
  ["53300", "away", "the server has no connection left"],
  ["53100", "refused", "the server's disk is full"],
  ["53", "away", "the server is short of resources"],
  ["57P", "away", "the server is shutting down or starting"],
  ["58", "away", "the server's disk or system fails"],
  ["08", "away", "the connection was lost"],
  ["28", "refused", "the server refuses the user or the password"],
  ["3D000", "refused", "the database does not exist"],
  ["42501", "refused", "the user lacks a right in the database"],
];

/** Failures before a server answers, by the code of the system. */
const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no server listens",
  ENOENT: "no server listens",
  ENOTFOUND: "the name of the server is not known",
  EAI_AGAIN: "the name of the server cannot be looked up",
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

export function kindOf(error: unknown): FaultKind {
  if (!(error instanceof DatabaseError)) return "away";
  const code = codeOf(error);
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "fault";
}

/** As an error of this program, without a word of the server's. */
export function unavailable(error: unknown): JourneymanError {
  const code = codeOf(error);
  const known = KINDS.find(([prefix]) => code.startsWith(prefix))?.[2] ?? SYSTEM[code] ?? "it does not answer";
  return because(code === "" ? known : `${known}, ${code}`);
}

export const because = (reason: string): JourneymanError =>
  new JourneymanError("storage_unavailable", { reason: `PostgreSQL: ${reason}` });
