import { adviserBrief, pageBrief, subagentBrief } from "../../agent/helper-briefs.ts";
import { type Chosen, roleFor } from "../../core/settings/role.ts";
import type { Wish } from "../../tools/wish.ts";
import type { Brief } from "./beginning.ts";
import { fenceWord } from "./fence-word.ts";
import { furtherOf } from "./further.ts";
import { intakeOf, required, type StageContext } from "../stage.ts";

/** Who does what a tool wished for: a conversation of its own, its bounds, and what it is told. */
export interface Helper {
  /** What its conversations are named: `task.1`, `task.2`, … */
  readonly family: "task" | "consult" | "page";
  readonly chosen: Chosen;
  readonly brief: Brief;
  /** Answers at most. */
  readonly turns?: number;
  /** Of what the run has left, most that it may spend. */
  readonly share: number;
  /** Of one answer at most, thoughts included. */
  readonly answerTokens: number;
  /** It says what it has to say in one answer, in plain text. */
  readonly answersAtOnce: boolean;
}

const SUBAGENT = { family: "task", turns: 20, share: 0.25, answerTokens: 8_000, answersAtOnce: false } as const;
const ADVISER = { family: "consult", share: 0.25, answerTokens: 8_000, answersAtOnce: true } as const;
const READER = { family: "page", share: 0.1, answerTokens: 4_000, answersAtOnce: true } as const;

/** Who helps, and what they are told. They have no helpers of their own; only the executor, who has a plan, has tasks and questions. */
export function helperFor(context: StageContext, wish: Wish, testCommand: string | null): Helper {
  const { settings, instructions } = intakeOf(context);
  const { exploration, todo, plan: proposed } = context.state();
  const word = fenceWord(context);
  const planned = () => required(proposed, "plan").plan;
  switch (wish.kind) {
    case "task": {
      const { agent, task } = wish;
      const further = furtherOf(context);
      const brief = subagentBrief({ word, agent, task, plan: planned(), instructions, testCommand, further });
      return { ...SUBAGENT, chosen: roleFor("explorer", settings, `the executor's task for a ${agent}`), brief };
    }
    case "consult": {
      const brief = adviserBrief({ word, question: wish.question, plan: planned(), exploration, todo });
      return { ...ADVISER, chosen: roleFor("planner", settings, "the executor asked the strong model"), brief };
    }
    case "read_page": {
      const { question, url, text } = wish;
      const brief = pageBrief({ word, question, url, text });
      return { ...READER, chosen: roleFor("writer", settings, "a page is to be read"), brief };
    }
  }
}
