import type { LoopEnd } from "../../agent/options.ts";
import { plannerTask } from "../../agent/context.ts";
import { PROMPTS } from "../../agent/prompts.ts";
import { PLANNER_TOOLS } from "../../agent/toolsets.ts";
import { JourneymanError } from "../../core/errors.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { visibleText } from "../../core/hidden.ts";
import { Plan, planDigest } from "../../core/plan.ts";
import type { IssueSnapshot } from "../../core/subject.ts";
import type { OpenWorkspace } from "../../ports/sandbox.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { commandsOf } from "../commands-of.ts";
import { conversing, fenceWord, quoteAnswer, settleOpenCall } from "../conversing.ts";
import { costRange } from "../cost-range.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { baseTree, inWorkspace } from "../workspace.ts";

const conversationOf = (context: StageContext): string => `plan.${context.state().replans + 1}`;

/** The issue as a reader of GitHub sees it, and how many parts were hidden from such a reader. */
function visibleIssue(context: StageContext): { readonly issue: IssueSnapshot; readonly hidden: number } {
  const { issue } = intakeOf(context);
  const title = visibleText(issue.title);
  const body = visibleText(issue.body);
  const comments = issue.comments.map((comment) => ({ comment, read: visibleText(comment.body) }));
  const hidden = title.hidden + body.hidden + comments.reduce((sum, { read }) => sum + read.hidden, 0);
  const shown = comments.map(({ comment, read }) => ({ ...comment, body: read.text }));
  return { issue: { ...issue, title: title.text, body: body.text, comments: shown }, hidden };
}

function begin(context: StageContext, test: string | null): EventOf<"conversation.started"> {
  const { guidance, supersededPlan, feedback } = context.state();
  const { settings, instructions } = intakeOf(context);
  const { model, effort } = settings.models.planner;
  const { issue } = visibleIssue(context);
  const revision = supersededPlan === null ? null : { plan: supersededPlan.plan, feedback: feedback ?? "" };
  const word = fenceWord(context);
  const text = plannerTask({ word, issue, instructions, testCommand: test, guidance, revision });
  return {
    type: "conversation.started",
    conversation: conversationOf(context),
    role: "planner",
    model,
    effort,
    system: PROMPTS.planner,
    tools: PLANNER_TOOLS.map((tool) => tool.definition),
    message: { role: "user", content: [{ type: "text", text }] },
  };
}

function propose(context: StageContext, plan: Plan, test: string | null): EventOf<"plan.proposed"> {
  const { state } = context;
  const { baseSha, issueDigest, settings } = intakeOf(context);
  const revision = state().revisions + 1;
  const range = costRange(context.world.model.price(settings.models.executor.model), plan, settings);
  return {
    type: "plan.proposed",
    revision,
    plan,
    digest: planDigest({ plan, revision, baseSha, issue: issueDigest }),
    baseSha,
    costLowMicroUsd: state().costMicroUsd + range.low,
    costHighMicroUsd: state().costMicroUsd + range.high,
    testCommand: test,
    hidden: visibleIssue(context).hidden,
  };
}

function conclude(context: StageContext, end: LoopEnd, test: string | null): RunEvent | null {
  const conversation = conversationOf(context);
  switch (end.kind) {
    case "submitted": {
      const parsed = Plan.safeParse(end.input);
      if (!parsed.success) throw new JourneymanError("plan_invalid", { reason: "it does not fit the plan's schema" });
      return propose(context, parsed.data, test);
    }
    case "asked":
      return { type: "question.asked", conversation, callId: end.callId, questions: [...end.questions] };
    case "ended_without_submit":
      throw new JourneymanError("plan_invalid", { reason: "it answered with text instead of a plan" });
    case "stopped":
      return null;
  }
}

async function* work(context: StageContext, open: OpenWorkspace, test: string | null): AsyncGenerator<RunEvent, void> {
  const conversation = conversationOf(context);
  if (context.state().conversations[conversation] === undefined) yield begin(context, test);
  yield* settleOpenCall(context);
  yield* quoteAnswer(context);
  const end = yield* conversing(context, {
    stage: "plan",
    conversation,
    open,
    tools: PLANNER_TOOLS,
    // eslint-disable-next-line require-yield -- nothing that a planner does can change the workspace
    async *afterTools() {},
  });
  const fact = conclude(context, end, test);
  if (fact !== null) yield fact;
}

/** Reads the repository in a workspace that cannot be written to, and proposes a plan or asks. */
export async function* plan(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base: BaseTree = await baseTree(context);
  const { test } = await commandsOf(context, base);
  yield* inWorkspace(context, { purpose: "plan", base, writable: false, fromCheckpoint: false }, (open) =>
    work(context, open, test),
  );
}
