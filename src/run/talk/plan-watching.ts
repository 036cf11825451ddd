import { isPastWatching, languagesOf, planFault } from "../../core/plan-watch.ts";
import type { Watch } from "../../ports/model.ts";
import { intakeOf, type StageContext } from "../stage.ts";
import { visibleIssue } from "../planning/visible-issue.ts";

/** Characters that a plan grows by before it is looked at again. */
const STEP = 120;

/** Ends an answer in which a plan is submitted that cannot be approved anyway. */
export function planWatch(context: StageContext): Watch {
  const { guidance, feedback } = context.state();
  const { issue } = visibleIssue(context);
  const rules = {
    protectedGlobs: intakeOf(context).settings.paths.protected,
    languages: languagesOf([`${issue.title}\n${issue.body}`, guidance, feedback ?? ""]),
  };
  let looked = 0;
  let past = false;
  return ({ calls }) => {
    const json = calls.find(({ name }) => name === "submit")?.json ?? "";
    // Another answer has begun.
    if (json.length < looked) [looked, past] = [0, false];
    if (past || json.length < looked + STEP) return null;
    const fault = planFault(json, rules);
    past = fault === null && isPastWatching(json);
    looked = fault === null ? json.length : 0;
    return fault;
  };
}
