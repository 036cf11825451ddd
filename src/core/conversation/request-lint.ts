import type { RunEvent } from "../events.ts";
import type { Message, ModelRequest } from "../messages.ts";
import { CLEARED } from "./clearing.ts";

/*
 * Why two consecutive requests of a conversation do not begin with the same bytes. What a vendor keeps in its cache is the request's
 * beginning, in this order: model, effort, tools, system text, messages. A change anywhere makes all behind it worthless, so each must
 * have been meant: it is explained by a fact between the two, or it is a fault of ours.
 */

/** A part of a request whose bytes stand or fall together. */
interface Piece {
  readonly name: string;
  readonly text: string;
  /** Set for a block of a message: whether it is a result that was taken out. */
  readonly cleared?: boolean;
}

export type Link =
  /** All of the earlier request, and more. */
  | { readonly kind: "extends"; readonly shared: number; readonly added: number }
  | {
      readonly kind: "differs";
      /** The first differing byte, counted over the pieces in the vendor's order. */
      readonly byte: number;
      readonly where: string;
      readonly why: string;
      /** Whether a fact says that it was meant. */
      readonly explained: boolean;
    };

const bytesOf = (text: string): number => Buffer.byteLength(text);

function messagePieces(message: Message, place: number): Piece[] {
  return message.content.map((block, at) => ({
    name: `message ${place + 1}, block ${at + 1} (${message.role}, ${block.type})`,
    text: `${message.role} ${JSON.stringify(block)}`,
    cleared: block.type === "tool_result" && block.content.startsWith(CLEARED),
  }));
}

const piecesOf = ({ model, effort, tools, system, messages }: ModelRequest): Piece[] => [
  { name: "model", text: model },
  { name: "effort", text: effort },
  ...tools.flatMap(({ name, description, schema }, at) => [
    { name: `name of tool ${at + 1}`, text: name },
    { name: `description of tool ${at + 1}, ${name}`, text: description },
    { name: `schema of tool ${at + 1}, ${name}`, text: JSON.stringify(schema) },
  ]),
  { name: "system text", text: system },
  ...messages.flatMap(messagePieces),
];

/** Bytes in which two texts begin alike. */
function sharedBytes(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return bytesOf(a.slice(0, at));
}

/** Holds `after` against `before`; `between` are the conversation's facts after the one and up to the other. */
export function linkOf(before: ModelRequest, after: ModelRequest, between: readonly RunEvent[]): Link {
  const [earlier, later] = [piecesOf(before), piecesOf(after)];
  const at = earlier.findIndex((piece, place) => piece.text !== later[place]?.text);
  const sizes = (pieces: readonly Piece[]): number => pieces.reduce((sum, { text }) => sum + bytesOf(text), 0);
  if (at === -1) return { kind: "extends", shared: sizes(earlier), added: sizes(later.slice(earlier.length)) };
  const [was, is] = [earlier[at], later[at]];
  const byte = sizes(earlier.slice(0, at)) + sharedBytes(was?.text ?? "", is?.text ?? "");
  const cause = causeOf(is, was, between);
  const where = is?.name ?? was?.name ?? "";
  return { kind: "differs", byte, where, why: cause ?? "no fact says why", explained: cause !== null };
}

/** What put the difference there; null when no fact did. */
function causeOf(is: Piece | undefined, was: Piece | undefined, between: readonly RunEvent[]): string | null {
  if (is?.name === "model") return switched(between);
  if (was?.cleared === undefined) return null;
  for (const fact of between.toReversed()) {
    if (fact.type === "context.compacted") return `summed up before answer ${fact.keepFromTurn} by ${fact.by}`;
    if (fact.type === "context.cleared" && is?.cleared === true)
      return `${fact.results} result(s) before answer ${fact.beforeTurn} taken out`;
  }
  return null;
}

function switched(between: readonly RunEvent[]): string | null {
  const fact = between.findLast(({ type }) => type === "model.switched");
  return fact?.type === "model.switched" ? `switched from ${fact.from} to ${fact.to}: ${fact.reason}` : null;
}
