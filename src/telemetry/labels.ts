import type { ToolWork } from "./work.ts";

/** The name of a tool that was declared to the model; what a model makes up names nothing. */
export const toolLabel = ({ call, declared }: Pick<ToolWork, "call" | "declared">): string =>
  declared ? call.name : "undeclared";

/** Lets at most so many different values of a label through; those that come later are `other`. */
export function boundedLabel(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (!seen.has(value) && seen.size < most) seen.add(value);
    return seen.has(value) ? value : "other";
  };
}
