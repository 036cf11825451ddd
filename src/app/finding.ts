import type { ServerConfig } from "./config.ts";

/** `warn` does not keep the server from working. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do next; empty when all is well. */
  readonly remedy: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, level: "ok", detail, remedy: "" });
export const warn = (check: string, detail: string, remedy: string): Finding => ({
  check,
  level: "warn",
  detail,
  remedy,
});
export const fail = (check: string, detail: string, remedy: string): Finding => ({
  check,
  level: "fail",
  detail,
  remedy,
});

/** One that breaks is a finding of that name. */
export type Check = readonly [name: string, check: (config: ServerConfig) => Promise<Finding[]>];
