import type { ReceivedSpan } from "../support/otlp-receiver.ts";

/* A trace as text: the tree, when each piece began, how long it took, and what is worth knowing of it. */

const WIDTH = 46;

const ms = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);

function notesOf({ attributes }: ReceivedSpan): string {
  const input = Number(attributes["gen_ai.usage.input_tokens"] ?? 0);
  const cached = Number(attributes["gen_ai.usage.cache_read.input_tokens"] ?? 0);
  const cost = attributes["journeyman.cost_usd"];
  return [
    attributes["error.type"] === undefined ? "" : `✗ ${String(attributes["error.type"])}`,
    attributes["gen_ai.operation.name"] === "chat"
      ? `${input} in (${cached} cached), ${String(attributes["gen_ai.usage.output_tokens"])} out`
      : "",
    typeof cost === "number" ? `$${cost.toFixed(4)}` : "",
    attributes["gen_ai.operation.name"] === undefined ? String(attributes["gen_ai.agent.name"] ?? "") : "",
    String(attributes["journeyman.outcome"] ?? ""),
  ]
    .filter((note) => note !== "")
    .join("  ");
}

/** One line a span: name, start after the root's start, duration, notes. */
export function traceText(spans: readonly ReceivedSpan[]): string[] {
  const root = spans.find(({ parent }) => parent === null);
  if (root === undefined) return [];
  const line = (span: ReceivedSpan, depth: number): string => {
    const name = `${"  ".repeat(depth)}${span.name}`.padEnd(WIDTH);
    const times = `+${ms(span.start - root.start)}`.padStart(7) + `${ms(span.end - span.start)} ms`.padStart(10);
    return `${name}${times}  ${notesOf(span)}`.trimEnd();
  };
  const below = (span: ReceivedSpan, depth: number): string[] => [
    line(span, depth),
    ...spans
      .filter(({ parent }) => parent === span.id)
      .toSorted((a, b) => Number(a.start - b.start || a.end - b.end))
      .flatMap((child) => below(child, depth + 1)),
  ];
  return below(root, 0);
}
