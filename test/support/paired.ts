import type { Message, ModelRequest } from "../../src/core/messages.ts";

/* What every vendor asks of a conversation: each call is answered once, in order, in the message directly after it. */

const idsIn = (message: Message | undefined, type: "tool_call" | "tool_result"): string[] =>
  (message?.content ?? []).flatMap((block) => {
    if (block.type === "tool_call" && type === "tool_call") return [block.id];
    return block.type === "tool_result" && type === "tool_result" ? [block.callId] : [];
  });

function faultsAt(messages: readonly Message[], place: number): string[] {
  const [message, after] = [messages[place], messages[place + 1]];
  const faults: string[] = [];
  const expected = place % 2 === 0 ? "user" : "assistant";
  if (message?.role !== expected) faults.push(`message ${place} is of the ${message?.role}`);
  if (message?.content.length === 0) faults.push(`message ${place} is empty`);
  const [asked, answered] = [idsIn(message, "tool_call"), idsIn(after, "tool_result")];
  if (message?.role === "assistant" && asked.join() !== answered.join())
    faults.push(`message ${place} calls ${asked.join() || "nothing"}, answered are ${answered.join() || "none"}`);
  if (place === 0 && idsIn(message, "tool_result").length > 0) faults.push("the task holds a result");
  const kinds = (message?.content ?? []).map(({ type }) => type);
  if (
    message?.role === "user" &&
    kinds.lastIndexOf("tool_result") > kinds.findIndex((type) => type === "text") &&
    kinds.includes("text")
  )
    faults.push(`message ${place} has a text before a result`);
  return faults;
}

/** What is wrong with the pairing of a request; empty when a vendor would take it. */
export function pairingFaults({ messages }: Pick<ModelRequest, "messages">): string[] {
  const ids = messages.flatMap((message) => idsIn(message, "tool_call"));
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  const last = messages.at(-1)?.role === "user" || idsIn(messages.at(-1), "tool_call").length === 0;
  return [
    ...messages.flatMap((_, place) => faultsAt(messages, place)),
    ...twice.map((id) => `call ${id} is there twice`),
    ...(last ? [] : ["the last call is not answered"]),
  ];
}
