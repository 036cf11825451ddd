import type { Delegate } from "../../agent/delegate.ts";
import type { EventOf, RunEvent, Stage } from "../../core/events.ts";
import { childKey } from "../../core/state.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import { failure, type Result, success } from "../../tools/outcome.ts";
import { begun } from "./beginning.ts";
import { contained, type ContainedEnd } from "./contained.ts";
import { type Answering, answering, conversing, NO_CHANGES, type Reach } from "./conversing.ts";
import { type Helper, helperFor } from "./helper.ts";
import type { StageContext } from "../stage.ts";

/*
 * Parts of the work that others do, each in a conversation of its own whose result answers one call. Invariants: (1) a call has at most
 * one conversation, found again after a crash by the call; (2) only its result reaches the caller; (3) what goes wrong in it is a result,
 * unless it concerns the whole run. What a test runner changes in the workspace is in the checkpoint that the executor's loop saves after
 * the call, so it needs none of its own: a call that was cut off is not gone on with.
 */

/** In a whole run: the adviser is the strong model. */
const MAX_CONSULTS = 5;

export interface Delegating {
  readonly stage: Stage;
  readonly open: OpenWorkspace;
  readonly testCommand: string | null;
  /** What the tools of a helper reach besides the workspace. */
  readonly reach: Reach;
}

/** Does what the tools of a conversation wish for. */
export function delegating(context: StageContext, parent: () => string, about: Delegating): Delegate {
  // Ids that are given out and not in the facts yet: calls of one answer begin side by side.
  const given = new Set<string>();

  const newId = (family: string): string => {
    const { conversations } = context.state();
    for (let number = 1; ; number++) {
      const id = `${family}.${number}`;
      if (conversations[id] !== undefined || given.has(id)) continue;
      given.add(id);
      return id;
    }
  };

  return async function* (call, wish, signal) {
    const own = { ...context, signal };
    const known = context.state().children[childKey(parent(), call.id)];
    if (known === undefined && wish.kind === "consult" && consultsOf(context) >= MAX_CONSULTS) return USED_UP;
    const helper = helperFor(own, wish, about.testCommand);
    const id = known ?? newId(helper.family);
    if (known === undefined) yield begin(id, helper, { conversation: parent(), callId: call.id });
    const talk = { conversation: id, stage: about.stage };
    return yield* helper.answersAtOnce ? advise(own, talk, helper) : work(own, id, { helper, about });
  };
}

const begin = (
  id: string,
  { chosen, brief }: Helper,
  parent: NonNullable<EventOf<"conversation.started">["parent"]>,
): RunEvent => begun(id, chosen, { ...brief, parent });

const consultsOf = (context: StageContext): number =>
  Object.keys(context.state().conversations).filter((id) => id.startsWith("consult.")).length;

const USED_UP = failure("used_up", {
  suggestion: `The strong model was asked ${MAX_CONSULTS} times in this run, which is all. Decide yourself, or call ask.`,
});

/** A subagent, to its `submit`. The tools are those that it was told of when it began. */
async function* work(
  context: StageContext,
  conversation: string,
  { helper, about }: { readonly helper: Helper; readonly about: Delegating },
): AsyncGenerator<RunEvent, Result> {
  const { turns, share, answerTokens, brief } = helper;
  const end = yield* contained(
    conversing(context, {
      stage: about.stage,
      conversation,
      open: about.open,
      tools: brief.tools,
      afterTools: NO_CHANGES,
      ...(turns !== undefined && { turns }),
      share,
      answerTokens,
      reach: about.reach,
    }),
  );
  return resultOf(end);
}

/** One question, one answer. */
async function* advise(
  context: StageContext,
  talk: Pick<Answering, "conversation" | "stage">,
  { share, answerTokens }: Helper,
): AsyncGenerator<RunEvent, Result> {
  const end = yield* contained(answering(context, { ...talk, share, answerTokens }));
  if (end.kind !== "ended_without_submit") return resultOf(end);
  return end.text.trim() === "" ? noResult("The answer was empty.") : success(end.text);
}

function resultOf(end: ContainedEnd): Result {
  switch (end.kind) {
    case "submitted":
      return success(JSON.stringify(end.input));
    case "ended_without_submit":
      return noResult("It answered with text instead of a result.");
    case "failed":
      return noResult(end.error.message);
    default:
      return noResult("It was stopped.");
  }
}

const noResult = (reason: string): Result =>
  failure("no_result", { reason, suggestion: "Go on without it, or do it yourself." });
