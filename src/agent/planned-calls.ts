import type { Conversation } from "../core/conversation/conversation.ts";
import type { ToolCall } from "../core/messages.ts";
import { prepareCall, type Prepared, type Tool } from "../tools/tool.ts";
import { usedUp } from "./replies.ts";

/** A call of the last answer with what is to be done about it. */
export interface Planned {
  readonly call: ToolCall;
  readonly prepared: Prepared;
}

export type Ready = Planned & { readonly prepared: Extract<Prepared, { kind: "ready" }> };

export const isReady = (planned: Planned): planned is Ready => planned.prepared.kind === "ready";
export const isEnding = (planned: Planned): planned is Ready => isReady(planned) && planned.prepared.effect === "end";
const isHarmless = ({ prepared }: Planned): boolean => prepared.kind === "answered" || prepared.effect === "none";

/** Each open call, checked: against its schema, and against the number of calls that its tool may have in a conversation. */
export function planCalls({ pending, exchanges }: Conversation, tools: readonly Tool[]): readonly Planned[] {
  const used = new Map<string, number>();
  return pending.map((call) => {
    const prepared = prepareCall(tools, call);
    const most = prepared.kind === "ready" ? prepared.tool.perConversation : undefined;
    if (most === undefined) return { call, prepared };
    const { name } = call;
    const before = used.get(name) ?? exchanges.filter((past) => past.call.name === name && !past.result.isError).length;
    used.set(name, before + 1);
    return { call, prepared: before < most ? prepared : { kind: "answered", content: usedUp(name, most) } };
  });
}

/** Neighbours that change nothing form one group; every other call is a group of its own, so a read after an edit sees the edit. */
export function groupsOf(planned: readonly Planned[]): readonly (readonly Planned[])[] {
  const groups: Planned[][] = [];
  for (const one of planned) {
    const last = groups.at(-1);
    if (isHarmless(one) && last?.every(isHarmless) === true && hasRoom(last, one)) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** Whether one more call of this tool may run at the same time. */
function hasRoom(group: readonly Planned[], { call, prepared }: Planned): boolean {
  const most = prepared.kind === "ready" ? prepared.tool.atOnce : undefined;
  return most === undefined || group.filter((other) => other.call.name === call.name).length < most;
}
