import { drain, watched, type Wire } from "./attempt.ts";
import { buildChat } from "./openai-chat-request.ts";
import { takeChunk } from "./openai-chat.ts";
import { openAiClient, type OpenAiService } from "./openai-client.ts";
import { buildResponse } from "./openai-responses-request.ts";
import { takeEvent } from "./openai-responses.ts";

/* The two APIs of one vendor: what is sent, and what is made of the events that come. */

export const receiveResponse =
  (options: OpenAiService): Wire["receive"] =>
  async (request, attempt) => {
    const { watchdog } = attempt;
    const client = openAiClient(options, (response) => watched(response, watchdog));
    const sent = client.responses.create(buildResponse(request), { signal: watchdog.signal });
    const { data: events, request_id: requestId } = await sent.withResponse();
    attempt.begun = true;
    attempt.requestId = requestId;
    await drain(events, attempt, takeEvent);
  };

export const receiveChat =
  (options: OpenAiService): Wire["receive"] =>
  async (request, attempt) => {
    const { watchdog } = attempt;
    const client = openAiClient(options, (response) => watched(response, watchdog));
    const sent = client.chat.completions.create(buildChat(request), { signal: watchdog.signal });
    const { data: chunks, request_id: requestId } = await sent.withResponse();
    attempt.begun = true;
    attempt.requestId = requestId;
    await drain(chunks, attempt, takeChunk);
  };
