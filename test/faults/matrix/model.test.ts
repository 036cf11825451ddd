import { describe, test } from "vitest";
import {
  type Answer,
  faulty,
  promptTooLong,
  status,
  stopped,
  text,
  type Fault,
  type Turn,
} from "../../support/scripted-model/answer.ts";
import type { ScriptRequest } from "../../support/scripted-model/request.ts";
import type { Script } from "../../support/scripted-model/script.ts";
import * as story from "../../support/story.ts";
import type { Cell, Column, StageNumber } from "./cells.ts";
import { type Arrangement, freed, play, type Play, retry, untilParked } from "./play.ts";
import { chosen } from "./sampled.ts";
import { EXECUTOR, FIXING, inOrder, PLANNER, standing } from "./story.ts";
import { posted, until } from "./waits.ts";

/*
 * M4, MC, MR, ML: what the model may do instead of answering, while a plan is made, while it is carried out, and while it is mended
 * after tests that failed.
 */

/** How a stream may end too early; those that fall silent have a suite of their own. */
const CUTS: Readonly<Partial<Record<StageNumber, readonly Fault[]>>> = {
  5: ["fin_mid_stream", "error_event"],
  10: ["reset_mid_stream", "empty"],
  11: ["fin_before_stop", "reset_mid_stream"],
};

/** Whether the model has what it fails for; a person or time takes it away. */
interface Trouble {
  left: number;
  hits: number;
}

const LONG = Number.MAX_SAFE_INTEGER;

/** How often the model fails in each of the columns before it answers; without an end until it is mended. */
const TIMES: Readonly<Partial<Record<Column, number>>> = { M4: 1, MC: 2, MR: LONG, ML: LONG };

function failure({ column, stage }: Cell, hits: number, answer: Turn): Answer {
  switch (column) {
    case "M4":
      // Longer than is sat out in a process.
      return status(stage === 10 ? 429 : 529, { retryAfter: "90" });
    case "MC":
      return faulty(CUTS[stage]?.[hits] ?? "fin_mid_stream", answer);
    case "MR":
      return stopped("refusal", text("I would rather not."));
    default:
      return promptTooLong();
  }
}

/** Where in its conversation the model fails: the second answer, or the first that mends. */
const PLACE: Readonly<Partial<Record<StageNumber, number>>> = { 5: 1, 10: 1, 11: 2 };

function troubled(cell: Cell, turns: readonly Turn[], trouble: Trouble): Script {
  const inside = inOrder(turns);
  return async (request: ScriptRequest) => {
    const answer = turns[Math.min(standing(request), turns.length - 1)]!;
    const here = standing(request) === PLACE[cell.stage] || (cell.column === "ML" && trouble.hits > 0);
    if (here && trouble.left > 0) {
      trouble.left -= 1;
      return failure(cell, trouble.hits++, answer);
    }
    return typeof inside === "function" ? inside(request) : answer;
  };
}

/** The cause as people read it. */
const CAUSES: Readonly<Partial<Record<Column, RegExp>>> = {
  M4: /did not answer|overloaded|rate limited/i,
  MR: /declined/i,
  ML: /window|context|tokens/i,
};

async function strike(play: Play, trouble: Trouble): Promise<void> {
  const { cell, bench, scene, seen } = play;
  await until("the model to fail", () => trouble.hits > 0);
  const cause = CAUSES[cell.column];
  if (cause !== undefined) {
    await untilParked(play, cause);
    seen.waited = true;
    trouble.left = 0;
    retry(play);
  } else {
    await until("every cut", () => trouble.left === 0);
  }
  seen.cuts += trouble.hits;
  if (cell.stage !== 5) return;
  await posted(bench, scene, /## Plan 1:/);
  if (cell.outcome === "P" || cell.outcome === "W") await freed(play);
}

function arrangement(cell: Cell): Arrangement {
  const trouble: Trouble = { left: TIMES[cell.column] ?? 1, hits: 0 };
  const planner = cell.stage === 5 ? troubled(cell, PLANNER, trouble) : inOrder(PLANNER);
  const work = cell.stage === 11 ? FIXING : EXECUTOR;
  const executor = cell.stage === 5 ? inOrder(work) : troubled(cell, work, trouble);
  return { script: story.script(planner, executor), strike: (play) => strike(play, trouble) };
}

describe.concurrent("the model", () => {
  test.each(chosen("M4", "MC", "MR", "ML"))("$name $column in $stageName: $outcome", (cell) =>
    play(cell, arrangement(cell)),
  );
});
