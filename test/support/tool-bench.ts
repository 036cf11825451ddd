import type { ToolCall } from "../../src/core/messages.ts";
import type { Workspace } from "../../src/ports/sandbox.ts";
import type { ToolContext } from "../../src/tools/context.ts";
import type { ToolOutcome } from "../../src/tools/outcome.ts";
import { prepareCall, type Tool } from "../../src/tools/tool.ts";
import { call } from "./scripted-port.ts";

export interface Used {
  readonly content: string;
  readonly isError: boolean;
  /** Null when the call was answered without running. */
  readonly outcome: ToolOutcome | null;
}

/** One call of one tool as the loop makes it. */
export async function useTool(
  tool: Tool,
  input: ToolCall["input"],
  about: Pick<ToolContext, "skills" | "web"> & {
    readonly on: Workspace;
    readonly id?: string;
    readonly commandMs?: number;
  },
): Promise<Used> {
  const callId = about.id ?? "unit";
  const prepared = prepareCall([tool], call(callId, tool.name, input));
  if (prepared.kind === "answered") return { content: prepared.content, isError: true, outcome: null };
  const outcome = await prepared.run({
    workspace: about.on,
    callId,
    signal: new AbortController().signal,
    commandMs: about.commandMs ?? 20_000,
    ...(about.skills && { skills: about.skills }),
    ...(about.web && { web: about.web }),
  });
  if (outcome.kind !== "result") return { content: "", isError: false, outcome };
  return { content: outcome.content, isError: outcome.isError, outcome };
}

/** A failure as the model reads it. */
export const errorOf = (content: string): Record<string, unknown> => JSON.parse(content) as Record<string, unknown>;
