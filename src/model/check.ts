import { Anthropic } from "@anthropic-ai/sdk";

export type ModelCheck = "answers" | "unauthorized" | "unreachable";

/** Asks whether the key is accepted, without paying for an answer. Longest wait: 10 s. */
export async function checkAnthropic(options: {
  readonly apiKey: string;
  readonly baseUrl?: string;
}): Promise<ModelCheck> {
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? "https://api.anthropic.com",
    maxRetries: 0,
    timeout: 10_000,
    logLevel: "off",
    openTelemetry: { propagation: false },
  });
  try {
    await client.models.list({ limit: 1 });
    return "answers";
  } catch (error) {
    if (error instanceof Anthropic.AuthenticationError || error instanceof Anthropic.PermissionDeniedError)
      return "unauthorized";
    // A gateway without this page still answers: what counts is that somebody with this key is served.
    return error instanceof Anthropic.NotFoundError ? "answers" : "unreachable";
  }
}
