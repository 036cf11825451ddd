import { inherited, isSilent } from "../core/fork.ts";
import { isResting, next, supersedeKey } from "../core/next.ts";
import type { AnsweredCommand, RunState } from "../core/state.ts";
import { truncateMarkdown } from "../core/text/defuse.ts";
import { budgetReply } from "./budget.ts";
import { paragraphs, type ViewOptions } from "./frame.ts";
import { endNotice, parkedKey, parkedNotice, questionComment, retryOffer } from "./notice.ts";
import { planComment } from "./plan-comment.ts";
import { helpReply, issueTaken, refusalReply } from "./reply.ts";
import { statusComment } from "./status-comment.ts";

/*
 * What GitHub does not show yet. A function of the state: each effect has a key that is done once, so the list shrinks as
 * `effect.done` facts arrive, on the first run as after a crash. Bodies are rendered only when they are asked for.
 */

export type Owed =
  | { readonly kind: "reaction"; readonly key: string; readonly commentId: number | null }
  /** A comment of its own, posted once per marker. */
  | { readonly kind: "comment"; readonly key: string; readonly marker: string; readonly body: () => string }
  /** Posted once per marker, then given this body: one reply, edited in place. */
  | { readonly kind: "reply"; readonly key: string; readonly marker: string; readonly body: () => string }
  /** The status comment, given this body. */
  | {
      readonly kind: "edit";
      readonly key: string;
      readonly marker: string;
      readonly commentId: number;
      readonly body: () => string;
    };

/** The text that the effect shows, as it is given to the forge; empty for a reaction. */
export const shownText = (effect: Owed): string => (effect.kind === "reaction" ? "" : truncateMarkdown(effect.body()));

/** The marker of a run's status comment. */
export const statusMarker = (state: RunState): string => `status.${state.run}`;

/** Strangers get one refusal an issue; people who may give commands get one each time. */
const refusalMarker = (state: RunState, answered: AnsweredCommand): string =>
  answered.refusal?.reason === "no_permission" || answered.refusal?.reason === "not_a_person"
    ? `refusal.${answered.actor.id}`
    : `refusal.${state.run}.${answered.index}`;

function answersOf(state: RunState, answered: AnsweredCommand, options: ViewOptions): readonly Owed[] {
  const { index, command, refusal } = answered;
  if (refusal !== null) {
    const body = (): string => refusalReply(state, answered);
    return [{ kind: "reply", key: `refusal.${index}`, marker: refusalMarker(state, answered), body }];
  }
  const eyes: Owed = { kind: "reaction", key: `eyes.${index}`, commentId: answered.comment?.id ?? null };
  const reply = (name: string, body: () => string): readonly Owed[] => [
    eyes,
    { kind: "reply", key: `${name}.${index}`, marker: `${name}.${state.subject?.issue ?? 0}`, body },
  ];
  if (command.name === "retry" && isInVain(state, index)) return reply("retry", () => issueTaken());
  if (command.name === "help") return reply("help", helpReply);
  if (command.name === "budget") return reply("budget", () => budgetReply(state, answered));
  if (command.name === "status") return reply("status-reply", () => statusComment(state, options));
  return [eyes];
}

/** The run that was to go on with the issue was not founded, because the issue had another by then. */
const isInVain = ({ superseded, effects }: RunState, command: number): boolean =>
  superseded?.command === command && effects[supersedeKey(superseded)]?.remoteId === "";

const once = (state: RunState, key: string, body: () => string): Owed => ({
  kind: "comment",
  key,
  marker: `${key}.${state.run}`,
  body,
});

/** The final or resting state in the status comment; the edits in between are not owed. */
function restingStatus(state: RunState, options: ViewOptions): readonly Owed[] {
  const posted = state.effects["status"];
  if (posted === undefined || posted === null || state.restedAt < 0 || !isResting(next(state))) return [];
  return [
    {
      kind: "edit",
      key: `status.${state.restedAt}`,
      marker: statusMarker(state),
      commentId: Number(posted.remoteId),
      body: () => statusComment(state, options),
    },
  ];
}

function commentsOf(state: RunState): readonly Owed[] {
  const owed: Owed[] = [];
  const { plan, question, parked, outcome } = state;
  // A fork that begins after the approval does not show the plan again.
  const isShown = state.fork !== null && state.approval !== null && state.approval.command < inherited(state);
  if (plan !== null && outcome === null && !isShown)
    owed.push(once(state, `plan.${plan.revision}`, () => planComment(state, plan)));
  if (question !== null && outcome === null)
    owed.push(once(state, `question.${state.questions}`, () => questionComment(state)));
  if (parked !== null && outcome === null) owed.push(once(state, parkedKey(state), () => parkedNotice(state)));
  if (outcome !== null && state.accepted && endNotice(state) !== "")
    owed.push(once(state, "end", () => paragraphs(endNotice(state), retryOffer(state))));
  return owed;
}

/** Everything that GitHub should show and does not yet, in the order in which it should appear; nothing for a fork that shows nothing. */
export function owed(state: RunState, options: ViewOptions): readonly Owed[] {
  if (isSilent(state)) return [];
  const status =
    state.intake === null
      ? []
      : [{ ...once(state, "status", () => statusComment(state, options)), marker: statusMarker(state) }];
  return [
    // What a fork took over was answered by its origin.
    ...state.answered
      .filter(({ index }) => index >= inherited(state))
      .flatMap((answered) => answersOf(state, answered, options)),
    ...status,
    ...commentsOf(state),
    ...restingStatus(state, options),
  ].filter((effect) => (state.effects[effect.key] ?? null) === null);
}
