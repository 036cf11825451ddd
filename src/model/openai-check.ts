import { OpenAI } from "openai";
import type { ModelCheck } from "./check.ts";
import { openAiClient } from "./openai-client.ts";

/** Asks whether the key is accepted, without paying for an answer. Longest wait: 10 s. */
export async function checkOpenAi(options: {
  readonly apiKey: string;
  readonly baseUrl?: string;
}): Promise<ModelCheck> {
  try {
    await openAiClient({ ...options, headerTimeoutMs: 10_000 }).models.list();
    return "answers";
  } catch (error) {
    if (error instanceof OpenAI.AuthenticationError || error instanceof OpenAI.PermissionDeniedError)
      return "unauthorized";
    // A gateway without this page still answers: what counts is that somebody with this key is served.
    return error instanceof OpenAI.NotFoundError ? "answers" : "unreachable";
  }
}
