import { z } from "zod";

/*
 * The parts of GitHub's deliveries that are read, and nothing more. A delivery is known by its shape: its event header is not signed,
 * so a captured body could be sent under any name.
 */

const User = z.object({ id: z.int(), login: z.string(), type: z.string() });
const AppRef = z.object({ id: z.int() });

const base = {
  action: z.string(),
  issue: z.object({
    id: z.int(),
    number: z.int().positive(),
    title: z.string(),
    updated_at: z.string(),
    pull_request: z.unknown().optional(),
  }),
  repository: z.object({ id: z.int(), name: z.string().min(1), owner: z.object({ login: z.string().min(1) }) }),
  installation: z.object({ id: z.int() }),
  sender: User,
};

export const LabelPayload = z.object({ ...base, action: z.literal("labeled"), label: z.object({ name: z.string() }) });
export type LabelPayload = z.infer<typeof LabelPayload>;

export const CommentPayload = z.object({
  ...base,
  action: z.literal("created"),
  comment: z.object({
    id: z.int(),
    body: z.string(),
    updated_at: z.string(),
    user: User,
    performed_via_github_app: AppRef.nullish(),
  }),
});
export type CommentPayload = z.infer<typeof CommentPayload>;

const members = (payload: unknown): Record<string, unknown> => {
  const parsed = z.record(z.string(), z.unknown()).safeParse(payload);
  return parsed.success ? parsed.data : {};
};

export type Shape = "issue_comment" | "issues" | "other";

/** The event a payload can only have come with, of those that are acted on. */
export function shapeOf(payload: unknown): Shape {
  const { issue, comment } = members(payload);
  if (issue === undefined) return "other";
  return comment === undefined ? "issues" : "issue_comment";
}

/** Whether the unsigned event header agrees with the signed body. */
export function headerAgrees(event: string, payload: unknown): boolean {
  const shape = shapeOf(payload);
  return shape === "other" ? event !== "issues" && event !== "issue_comment" : event === shape;
}

/** Whether a delivery of this event and action can hold a command. */
export const canCommand = (event: string, action: string | null): boolean =>
  (event === "issue_comment" && action === "created") || (event === "issues" && action === "labeled");
