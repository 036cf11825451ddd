import { OpenAI } from "openai";
import { HEADER_TIMEOUT_MS } from "./attempt.ts";

/** A server of the OpenAI shape. */
export interface OpenAiService {
  readonly apiKey: string;
  /** Any server that speaks one of the two APIs, its `/v1` included. */
  readonly baseUrl?: string;
  readonly headerTimeoutMs?: number;
}

/** A server that asks for no key is given this. */
const NO_KEY = "none";

/** A client for one call: its `fetch` reports to that call's watchdog. */
export function openAiClient(options: OpenAiService, fetching?: (response: Response) => Response): OpenAI {
  return new OpenAI({
    apiKey: options.apiKey === "" ? NO_KEY : options.apiKey,
    baseURL: options.baseUrl ?? "https://api.openai.com/v1",
    // Left out, these would be read from the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: options.headerTimeoutMs ?? HEADER_TIMEOUT_MS,
    logLevel: "off",
    ...(fetching !== undefined && {
      fetch: async (url: string | URL | Request, init?: RequestInit) => fetching(await fetch(url, init)),
    }),
  });
}
