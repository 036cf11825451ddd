import { z } from "zod";
import { Findings } from "../core/understanding/exploration.ts";
import { Review } from "../core/review.ts";
import { furtherReading, type Further } from "../tools/further-tools.ts";
import { makeSubmit } from "../tools/submit.ts";
import type { Tool } from "../tools/tool.ts";
import type { Subagent } from "../tools/wish.ts";
import { COMMANDS, READING } from "../tools/workspace-tools.ts";

const text = (most: number) => z.string().min(1).max(most);

/** What a reader of documentation submits. */
export const DocsAnswer = z.strictObject({
  answer: text(2000).describe("The answer to the task"),
  quotes: z
    .array(z.strictObject({ place: text(300).describe("path:line"), words: text(500) }))
    .max(20)
    .describe("The words that it rests on"),
  unknown: z.array(text(300)).max(10).describe("What you did not find"),
});
export type DocsAnswer = z.infer<typeof DocsAnswer>;

/** What a runner of tests submits. Told by a model, so it is advice: the tests that count are run by the program. */
export const TestsSeen = z.strictObject({
  command: text(1000).describe("What was run, as it can be run again"),
  summary: text(2000).describe("What the tests show"),
  failing: z
    .array(z.strictObject({ test: text(300), error: text(1000).describe("The first error, with path:line") }))
    .max(30),
});
export type TestsSeen = z.infer<typeof TestsSeen>;

const SUBMITS: Readonly<Record<Subagent, Tool>> = {
  researcher: makeSubmit("Hand over what you found. Your last call.", Findings),
  docs_reader: makeSubmit("Hand over the answer. Your last call.", DocsAnswer),
  code_reviewer: makeSubmit("Hand over what you noticed. Your last call.", Review),
  test_runner: makeSubmit("Hand over what the tests show. Your last call.", TestsSeen),
};

/**
 * The tools of a subagent. None has `task`, `consult` or `ask`: a helper has no helpers and asks nobody. Only those that read for the
 * answer itself may read the web.
 */
export function subagentTools(agent: Subagent, { web }: Pick<Further, "web">): readonly Tool[] {
  const reading = agent === "test_runner" ? [...COMMANDS, ...READING] : READING;
  const further = agent === "researcher" || agent === "docs_reader" ? furtherReading({ skills: false, web }) : [];
  return [...reading, ...further, SUBMITS[agent]];
}
