import { generateKeyPairSync } from "node:crypto";
import type { Environment } from "../test/support/instance.ts";

export const SECRET = "the webhook secret of a bench";

/** What a server of the bench is told when it needs neither GitHub nor a model. */
export function lonelyEnvironment(dataDir: string): Environment {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { PATH = "", HOME = "/root" } = process.env;
  return {
    PATH,
    HOME,
    NODE_ENV: "production",
    APP_ID: "1",
    PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    WEBHOOK_SECRET: SECRET,
    PORT: "0",
    ANTHROPIC_API_KEY: "a-key-that-nobody-knows",
    ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
    DATA_DIR: dataDir,
    LOG_LEVEL: "info",
  };
}
