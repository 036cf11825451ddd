import type { Exploration } from "../core/understanding/exploration.ts";
import type { Plan } from "../core/plan.ts";
import type { Todo } from "../core/todo.ts";
import type { Further } from "../tools/further-tools.ts";
import type { Tool } from "../tools/tool.ts";
import type { Subagent } from "../tools/wish.ts";
import { fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";
import { foundSection, type Instructions, instructionsSection, testsLine } from "./sections.ts";
import { subagentTools } from "./subagent-tools.ts";

/*
 * What those are told to whom the executor hands a part of its work: subagents, the adviser, the reader of a page. `word` is the run's
 * random fence word.
 */

const NO_TOOLS: readonly Tool[] = [];

const SYSTEMS: Readonly<Record<Subagent, string>> = {
  researcher: PROMPTS.explorer,
  docs_reader: PROMPTS.docsReader,
  test_runner: PROMPTS.testRunner,
  code_reviewer: PROMPTS.codeReader,
};

export interface SubagentTask {
  readonly word: string;
  readonly agent: Subagent;
  /** The executor's words. */
  readonly task: string;
  readonly plan: Plan;
  readonly instructions: Instructions;
  readonly testCommand: string | null;
  readonly further: Pick<Further, "web">;
}

export const subagentBrief = ({ word, agent, task, plan, further, ...known }: SubagentTask) => ({
  system: SYSTEMS[agent],
  tools: subagentTools(agent, further),
  text: fill(PROMPTS.subagentTask, {
    task: fenced("task", word, task),
    plan: fenced("plan", word, plan),
    instructions: instructionsSection(word, known.instructions),
    tests: agent === "test_runner" ? testsLine(known.testCommand) : "",
  }),
});

export interface AdviserTask {
  readonly word: string;
  readonly question: string;
  readonly plan: Plan;
  readonly exploration: Exploration | null;
  readonly todo: readonly Todo[];
}

export const adviserBrief = ({ word, question, plan, exploration, todo }: AdviserTask) => ({
  system: PROMPTS.adviser,
  tools: NO_TOOLS,
  text: fill(PROMPTS.adviserTask, {
    question: fenced("question", word, question),
    plan: fenced("plan", word, plan),
    exploration: foundSection(word, exploration),
    todo: todo.length === 0 ? "" : `How far they are:\n${fenced("todo", word, todo)}`,
  }),
});

export interface PageTask {
  readonly word: string;
  readonly question: string;
  readonly url: string;
  readonly text: string;
}

export const pageBrief = ({ word, question, url, text }: PageTask) => ({
  system: PROMPTS.pageReader,
  tools: NO_TOOLS,
  text: fill(PROMPTS.pageReaderTask, {
    question: fenced("question", word, question),
    page: fenced("page", word, { url, text }),
  }),
});
