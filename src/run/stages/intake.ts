import { digestOfJson } from "../../core/digest.ts";
import type { RunEvent } from "../../core/events.ts";
import { parseCommand } from "../../core/grammar.ts";
import { issueDigest } from "../../core/plan.ts";
import { SETTINGS_PATH } from "../../core/settings/settings.ts";
import type { IssueSnapshot } from "../../core/subject.ts";
import { settingsAt } from "../planning/repository-settings.ts";
import { rootInstructions } from "../understanding/root-instructions.ts";
import { listSkills } from "../understanding/skills.ts";
import { type StageContext, subjectOf } from "../stage.ts";

/** When the command came that asks for this plan: what was written at the same second or later is not part of the issue. */
function askedAt(context: StageContext): string {
  const { answered, startedAt } = context.state();
  const asking = answered.findLast(
    ({ command, refusal, comment }) =>
      refusal === null && comment !== null && (command.name === "plan" || command.name === "revise"),
  );
  return asking?.comment?.updatedAt ?? startedAt;
}

async function snapshot(context: StageContext): Promise<IssueSnapshot> {
  const subject = subjectOf(context);
  const { forge } = context.world;
  const issue = await forge.issue(subject);
  const comments = await forge.comments(subject);
  const before = askedAt(context);
  const people = comments.filter(
    (comment) =>
      !comment.mine &&
      comment.actor.type === "User" &&
      comment.createdAt < before &&
      comment.updatedAt < before &&
      parseCommand(comment.body) === null,
  );
  const { title, body, author, authorId, state, locked, labels } = issue;
  return {
    title,
    body,
    author,
    ...(authorId !== undefined && { authorId }),
    state,
    locked,
    labels: [...labels],
    comments: people.map(({ id, author, body }) => ({ id, author, body })),
  };
}

/** Freezes what the run works from: the issue as it stands, the base commit, the settings and instructions at that commit. */
export async function* intake(context: StageContext): AsyncGenerator<RunEvent, void> {
  const base = await context.world.forge.defaultBranch(subjectOf(context));
  const read = await settingsAt(context, base.sha);
  if ("faults" in read) {
    yield { type: "settings.refused", faults: [...read.faults] };
    const details = { path: SETTINGS_PATH, count: read.faults.length };
    yield { type: "run.finished", outcome: "refused", code: "settings_invalid", details };
    return;
  }
  const issue = await snapshot(context);
  const tree = await context.world.trees.open(subjectOf(context), base.sha, context.signal);
  const { skills, skillFaults } = await listSkills(context, tree);
  const { instructions, instructionFaults } = await rootInstructions(context, tree);
  const { run } = context.log.claim;
  for (const fault of skillFaults) context.world.log.warn({ run, ...fault }, "skill.left_out");
  for (const fault of instructionFaults) context.world.log.warn({ run, ...fault }, "instructions.left_out");
  yield {
    type: "intake.finished",
    issue,
    issueDigest: issueDigest(issue),
    baseBranch: base.name,
    baseSha: base.sha,
    settings: read.settings,
    settingsDigest: digestOfJson(read.settings),
    instructions,
    ...(instructionFaults.length > 0 && { instructionFaults }),
    ...(skills.length > 0 && { skills: [...skills] }),
    ...(skillFaults.length > 0 && { skillFaults: [...skillFaults] }),
  };
}
