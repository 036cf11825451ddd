import { randomBytes } from "node:crypto";
import type { Github } from "../github/server.ts";

/*
 * Secrets of a server under test. Each is one of a kind, so that finding a part of it anywhere means that it got out.
 */

export type CanaryNames =
  | "api key of the model"
  | "private key of the App"
  | "webhook secret"
  | "webhook secret before"
  | "token of the metrics"
  | "access key of the artifacts"
  | "secret key of the artifacts"
  | "password of the journal"
  | "a variable of the server's environment";

const rare = (): string => randomBytes(18).toString("base64url");

/** Values as they would be found, and the environment that holds them. */
export function canaries(
  github: Github,
  apiKey: string,
  database: string | null,
): { readonly values: Readonly<Record<CanaryNames, string>>; readonly environment: Record<string, string> } {
  const lines = github.app.privateKey.split("\n");
  const values = {
    "api key of the model": apiKey,
    "private key of the App": lines[Math.floor(lines.length / 2)] ?? "",
    "webhook secret": github.app.webhookSecret,
    "webhook secret before": rare(),
    "token of the metrics": rare(),
    "access key of the artifacts": rare(),
    "secret key of the artifacts": rare(),
    "password of the journal": database === null ? rare() : new URL(database).password,
    "a variable of the server's environment": rare(),
  };
  const environment = {
    ANTHROPIC_API_KEY: apiKey,
    WEBHOOK_SECRET_PREVIOUS: values["webhook secret before"],
    METRICS_TOKEN: values["token of the metrics"],
    AWS_ACCESS_KEY_ID: values["access key of the artifacts"],
    AWS_SECRET_ACCESS_KEY: values["secret key of the artifacts"],
    CANARY: values["a variable of the server's environment"],
    ...(database !== null && { DATABASE_URL: database }),
  };
  return { values, environment };
}
