import { Findings } from "../core/understanding/exploration.ts";
import type { Overview } from "../core/understanding/overview.ts";
import { Routing } from "../core/understanding/routing.ts";
import type { IssueSnapshot } from "../core/subject.ts";
import { makeSubmit } from "../tools/submit.ts";
import type { Tool } from "../tools/tool.ts";
import { READING } from "../tools/workspace-tools.ts";
import { fenced } from "./fence.ts";
import { fill, PROMPTS } from "./prompts.ts";
import { guidanceSection, instructionsSection, issueSection, type Instructions, type Skills } from "./sections.ts";

/*
 * What those are told who find out before planning, and what they can do.
 */

/** The router only says what it thinks: its request stays small. */
export const ROUTER_TOOLS: readonly Tool[] = [makeSubmit("How this issue is to be gone about.", Routing)];

/** Reads only. */
export const EXPLORER_TOOLS: readonly Tool[] = [
  ...READING,
  makeSubmit("Hand over what you found. The only call of its answer.", Findings),
];

export interface RouterTask {
  readonly word: string;
  readonly issue: IssueSnapshot;
  /** What was written behind `/plan`, by a person with write access. */
  readonly guidance: string;
  readonly overview: Overview;
  readonly skills: Skills;
}

const routerText = ({ word, issue, guidance, overview, skills }: RouterTask): string =>
  fill(PROMPTS.routerTask, {
    issue: issueSection(word, issue),
    guidance: guidanceSection(word, guidance),
    repository: fenced("repository", word, overview),
    skills:
      skills.length === 0
        ? ""
        : `Skills that the work can load:\n${fenced(
            "skills",
            word,
            skills.map(({ name, description }) => ({ name, description })),
          )}`,
  });

export const routerBrief = (task: RouterTask) => ({
  system: PROMPTS.router,
  tools: ROUTER_TOOLS,
  text: routerText(task),
});

export interface ExplorerTask {
  readonly word: string;
  readonly question: string;
  readonly issue: IssueSnapshot;
  readonly instructions: Instructions;
}

export const explorerBrief = ({ word, question, issue, instructions }: ExplorerTask) => ({
  system: PROMPTS.explorer,
  tools: EXPLORER_TOOLS,
  text: fill(PROMPTS.explorerTask, {
    question: fenced("question", word, question),
    issue: issueSection(word, issue),
    instructions: instructionsSection(word, instructions),
  }),
});
