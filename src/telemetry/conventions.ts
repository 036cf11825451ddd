/*
 * The names of attributes. `gen_ai.*` and the general ones are OpenTelemetry's semantic conventions for generative AI as they stood in
 * November 2026 (status: development), copied because no stable package exports them. `journeyman.*` are ours and a public contract.
 */

export const OPERATION = "gen_ai.operation.name";
export const PROVIDER = "gen_ai.provider.name";
export const AGENT = "gen_ai.agent.name";
export const CONVERSATION = "gen_ai.conversation.id";
export const REQUEST_MODEL = "gen_ai.request.model";
export const RESPONSE_ID = "gen_ai.response.id";
export const FINISH_REASONS = "gen_ai.response.finish_reasons";
/** All input, read from or written to the cache or neither. */
export const INPUT_TOKENS = "gen_ai.usage.input_tokens";
export const CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens";
export const CACHE_WRITE_TOKENS = "gen_ai.usage.cache_creation.input_tokens";
export const OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
export const TOOL_NAME = "gen_ai.tool.name";
export const TOOL_TYPE = "gen_ai.tool.type";
export const TOOL_CALL_ID = "gen_ai.tool.call.id";
export const ERROR_TYPE = "error.type";

/** Contents: only when the operator asks for them. */
export const OUTPUT_MESSAGES = "gen_ai.output.messages";
export const TOOL_ARGUMENTS = "gen_ai.tool.call.arguments";
export const TOOL_RESULT = "gen_ai.tool.call.result";

export const RUN_ID = "journeyman.run.id";
export const REPOSITORY = "journeyman.repository";
export const ISSUE = "journeyman.issue";
export const TENANT = "journeyman.tenant";
export const OUTCOME = "journeyman.outcome";
export const TURNS = "journeyman.turns";
/** US dollars. */
export const COST = "journeyman.cost_usd";
export const STAGE = "journeyman.stage";
export const ROUND = "journeyman.stage.round";
export const TURN = "journeyman.turn";
export const RESUMED = "journeyman.turn.resumed";

/** Every attribute that a span may carry. */
export const ATTRIBUTES: readonly string[] = [
  OPERATION,
  PROVIDER,
  AGENT,
  CONVERSATION,
  REQUEST_MODEL,
  RESPONSE_ID,
  FINISH_REASONS,
  INPUT_TOKENS,
  CACHE_READ_TOKENS,
  CACHE_WRITE_TOKENS,
  OUTPUT_TOKENS,
  TOOL_NAME,
  TOOL_TYPE,
  TOOL_CALL_ID,
  ERROR_TYPE,
  OUTPUT_MESSAGES,
  TOOL_ARGUMENTS,
  TOOL_RESULT,
  RUN_ID,
  REPOSITORY,
  ISSUE,
  TENANT,
  OUTCOME,
  TURNS,
  COST,
  STAGE,
  ROUND,
  TURN,
  RESUMED,
];
