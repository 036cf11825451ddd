import {
  brokenCall,
  call,
  cutByMaxTokens,
  faulty,
  nothing,
  promptTooLong,
  status,
  stopped,
  text,
  type Answer,
} from "../../test/support/scripted-model/answer.ts";
import type { ScriptRequest } from "../../test/support/scripted-model/request.ts";
import { failing, type Script } from "../../test/support/scripted-model/script.ts";

/*
 * The sixteen faults as scripts. Each lets the task end with `submit` when the fault was got over; what a script saw on the way is in
 * `Watched`.
 */

export interface Watched {
  /** `submit` was answered: the task was ended on purpose. */
  submitted: boolean;
  /** Set by a script that asks for more than an end. */
  broken: boolean;
}

export interface FaultCase {
  readonly name: string;
  readonly script: (watched: Watched) => Script;
}

const READ = call("read", { path: "src/module-3.js", limit: 20 });
const SUBMIT = call("submit", { summary: "Bumped the versions.", left_failing: [] });
const RECAP = call("submit", { done: ["Read it."], files: [], decisions: [], failed: [], left: ["Submit."] });

const end = (watched: Watched): Answer => {
  watched.submitted = true;
  return SUBMIT;
};

/** The third answer fails in these ways, one after the other, before it comes. */
const failures = (name: string, ...ways: readonly Answer[]): FaultCase => ({
  name,
  script: (watched) => [READ, READ, failing(ways, READ), () => end(watched)],
});

/** The third answer is one that no tool can be run for. */
const answers = (name: string, ...odd: readonly Answer[]): FaultCase => ({
  name,
  script: (watched) => [READ, READ, ...odd, READ, () => end(watched)],
});

const MISFITS: readonly Answer[] = [
  brokenCall("read", '{"path": "src/module-3.js", "limit": 2'),
  call("read", { limit: 3 }),
  call("read", { path: 7 }),
  call("read", { path: "src/module-3.js", colour: "red" }),
];

/** Counted, not read from the request: a loop may well leave an answer with nothing in it out of the conversation. */
const empty: FaultCase = {
  name: "empty answer",
  script: (watched) => {
    let given = 0;
    return () => {
      given += 1;
      if (given === 3) return nothing();
      return given > 4 ? end(watched) : READ;
    };
  },
};

/** What the model is told with the fifth result must be more than what the fourth said; and there is an end at the twentieth. */
const circle = (stopsAt: number): FaultCase => ({
  name: "same call twenty times",
  script: (watched) => {
    let fourth = 0;
    return ({ n, results }: ScriptRequest) => {
      const said = results[0]?.content.length ?? 0;
      if (n === 4) fourth = said;
      if ((n === 5 && said <= fourth) || n > 20) watched.broken = true;
      return n === stopsAt || n > 20 ? end(watched) : READ;
    };
  },
});

const WINDOW = 14_000;

/** A vendor with a small window. Calls of some length, so that summing up is the only way. */
const tooLong = (name: string, recap: Answer): FaultCase => ({
  name,
  script: (watched) => {
    let given = 0;
    return ({ system, messages }) => {
      if (system.startsWith("You summarise")) return recap;
      if (JSON.stringify(messages).length > WINDOW) return promptTooLong();
      given += 1;
      if (given > 30) return end(watched);
      return call("bash", { command: `: ${"words of a comment ".repeat(60)}\necho ${given}` });
    };
  },
});

export const FAULT_CASES: readonly FaultCase[] = [
  failures("429 with retry-after", status(429, { retryAfter: "1" })),
  failures("529 three times", status(529), status(529), status(529)),
  failures("500 twice", status(500), status(500)),
  failures("reset in mid-stream", faulty("reset_mid_stream", READ)),
  failures("error event in mid-stream", faulty("error_event", READ)),
  failures("an event that is not JSON", faulty("bad_json_event", READ)),
  failures("silent stream", faulty("stall", READ)),
  answers("four kinds of input that break the schema", ...MISFITS),
  answers("undeclared tool", call("teleport", { to: "the end" })),
  answers("tool call cut by max_tokens", cutByMaxTokens(call("bash", { command: `echo ${"x".repeat(200)}` }))),
  answers("text cut by max_tokens", cutByMaxTokens(text("I will now read the file and then say much more of it."))),
  empty,
  circle(6),
  tooLong("prompt too long, summary let through", RECAP),
  tooLong("prompt too long, summary refused", promptTooLong()),
  answers("pause_turn", stopped("pause_turn", text("One moment."))),
];

/** The other half of the same call: one that never stops by itself is ended, and the task is not called done. */
export const ENDLESS = circle(Infinity);
