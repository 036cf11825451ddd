import { vendorOfModel } from "../core/vendor.ts";
import type { Attributes } from "@opentelemetry/api";
import { tenantOf } from "../core/subject.ts";
import { answerContent, callContent } from "./content.ts";
import * as names from "./conventions.ts";
import { toolLabel } from "./labels.ts";
import type { ChatWork, Place, RunWork, StageWork, ToolWork, TurnWork, Work } from "./work.ts";

/** What a span says, without what the SDK needs besides. */
export interface SpanText {
  readonly name: string;
  readonly attributes: Attributes;
}

export const AGENT_NAME = "journeyman";

const dollars = (microUsd: number): number => microUsd / 1_000_000;

const placeText = ({ conversation, role, turn }: Place): Attributes => ({
  [names.CONVERSATION]: conversation,
  [names.AGENT]: role,
  [names.TURN]: turn,
});

const runText = ({ outcome, turns, costMicroUsd, subject }: RunWork): SpanText => ({
  name: `invoke_agent ${AGENT_NAME}`,
  attributes: {
    [names.OPERATION]: "invoke_agent",
    [names.AGENT]: AGENT_NAME,
    [names.OUTCOME]: outcome,
    [names.TURNS]: turns,
    [names.COST]: dollars(costMicroUsd),
    ...(subject !== null && { [names.TENANT]: tenantOf(subject) }),
  },
});

const stageText = ({ stage, round, outcome }: StageWork): SpanText => ({
  name: `stage ${stage}`,
  attributes: { [names.STAGE]: stage, [names.ROUND]: round, [names.OUTCOME]: outcome },
});

const turnText = (work: TurnWork): SpanText => ({
  name: `turn ${work.turn}`,
  attributes: { ...placeText(work), ...(work.resumed && { [names.RESUMED]: true }) },
});

function chatText(work: ChatWork): SpanText {
  const { model, usage, stopReason, requestId, costMicroUsd } = work;
  return {
    name: model === "" ? "chat" : `chat ${model}`,
    attributes: {
      [names.OPERATION]: "chat",
      ...placeText(work),
      ...(model !== "" && { [names.PROVIDER]: vendorOfModel(model), [names.REQUEST_MODEL]: model }),
      [names.COST]: dollars(costMicroUsd),
      ...(requestId !== null && { [names.RESPONSE_ID]: requestId }),
      ...(stopReason !== null && { [names.FINISH_REASONS]: [stopReason] }),
      ...(usage !== null && {
        [names.INPUT_TOKENS]: usage.input + usage.cacheRead + usage.cacheWrite,
        [names.CACHE_READ_TOKENS]: usage.cacheRead,
        [names.CACHE_WRITE_TOKENS]: usage.cacheWrite,
        [names.OUTPUT_TOKENS]: usage.output,
      }),
    },
  };
}

function toolText(work: ToolWork): SpanText {
  const tool = toolLabel(work);
  return {
    name: `execute_tool ${tool}`,
    attributes: {
      [names.OPERATION]: "execute_tool",
      ...placeText(work),
      [names.TOOL_NAME]: tool,
      [names.TOOL_TYPE]: "function",
      [names.TOOL_CALL_ID]: work.call.id,
    },
  };
}

function ownText(work: Work, withContent: boolean): SpanText {
  switch (work.kind) {
    case "run":
      return runText(work);
    case "stage":
      return stageText(work);
    case "turn":
      return turnText(work);
    case "chat": {
      const text = chatText(work);
      return withContent ? { ...text, attributes: { ...text.attributes, ...answerContent(work) } } : text;
    }
    case "tool": {
      const text = toolText(work);
      return withContent ? { ...text, attributes: { ...text.attributes, ...callContent(work) } } : text;
    }
  }
}

/** Name and attributes of a piece of work's span; `withContent` adds what was thought, done and seen. */
export function spanText(work: Work, withContent: boolean): SpanText {
  const { name, attributes } = ownText(work, withContent);
  const { run, subject, error } = work;
  return {
    name,
    attributes: {
      [names.RUN_ID]: run,
      ...(subject !== null && {
        [names.REPOSITORY]: `${subject.owner}/${subject.name}`,
        [names.ISSUE]: subject.issue,
      }),
      ...attributes,
      ...(error !== null && { [names.ERROR_TYPE]: error }),
    },
  };
}
