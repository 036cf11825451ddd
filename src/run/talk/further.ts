import type { LoopOptions } from "../../agent/options.ts";
import type { BaseTree } from "../../ports/trees.ts";
import type { Web } from "../../ports/web.ts";
import type { Further } from "../../tools/further-tools.ts";
import { skillsOf } from "../understanding/skills.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/** The hosts that both the operator and this repository open; null when there are none. */
export function openWeb(context: StageContext): Web | null {
  const { hosts } = intakeOf(context).settings.web;
  const open = context.world.web?.within(hosts) ?? null;
  return open === null || open.hosts.length === 0 ? null : open;
}

/** Which tools a job has besides those of its workspace. It stays the same for a whole run, so that the tools are the same bytes. */
export const furtherOf = (context: StageContext): Further => ({
  skills: (intakeOf(context).skills ?? []).length > 0,
  web: openWeb(context) !== null,
});

/** What those tools reach. */
export function reachOf(context: StageContext, base: BaseTree): Pick<LoopOptions, "skills" | "web"> {
  const web = openWeb(context);
  return { skills: skillsOf(context, base), ...(web !== null && { web }) };
}
