import type { Command } from "../../src/core/commands.ts";
import { decide, type Lookups } from "../../src/core/decide.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { makeRunId } from "../../src/core/ids.ts";
import { issueDigest } from "../../src/core/plan.ts";
import type { Actor } from "../../src/core/subject.ts";
import * as facts from "./facts.ts";

/** The run that a command founds. */
export const NEW_RUN = makeRunId(Date.UTC(2026, 0, 2), new Uint8Array(10));

/** What is looked up for a maintainer's command when all is in order. */
export const WRITER: Lookups = {
  permission: "write",
  comment: { unedited: true },
  issue: { digest: issueDigest(facts.ISSUE), state: "open", locked: false },
  planIntact: true,
  modelKnown: null,
  newRun: NEW_RUN,
};

interface Case {
  readonly before?: readonly RunEvent[];
  readonly by?: Actor;
  readonly lookups?: Partial<Lookups>;
}

/** The outcome of a command in a state: `accepted fact,fact` or `refused reason`. */
export function outcome(command: Command, given: Case = {}): string {
  const before = given.before ?? facts.toPlan();
  const state = facts.stateOf([...before, facts.received(command, given.by)]);
  const pending = state.commands.at(-1);
  if (pending === undefined) throw new TypeError("the command is not pending");
  const [answer, ...rest] = decide(state, pending, { ...WRITER, ...given.lookups });
  if (answer?.type === "command.refused") return `refused ${answer.reason}`;
  return ["accepted", ...rest.map((event) => event.type)].join(" ");
}
