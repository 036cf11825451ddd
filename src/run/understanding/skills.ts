import type { EventOf } from "../../core/events.ts";
import { readSkill } from "../../core/understanding/skill-file.ts";
import type { BaseTree } from "../../ports/trees.ts";
import type { Skills } from "../../tools/context.ts";
import { intakeOf, type StageContext } from "../stage.ts";

/*
 * What a repository teaches on demand: `.github/journeyman/skills/<any>/SKILL.md` at the base commit. Names and descriptions are told to
 * the models, bodies only to those that load them.
 */

const SKILL = /^\.github\/journeyman\/skills\/[^/]+\/SKILL\.md$/;
const MAX_SKILLS = 30;
/** Files that are looked at: more are not read, however many there are. */
const MAX_FILES = 100;

interface Taken {
  readonly skills: NonNullable<EventOf<"intake.finished">["skills"]>;
  readonly skillFaults: NonNullable<EventOf<"intake.finished">["skillFaults"]>;
}

/** The skills in the order of their paths, and those that were left out, with the reason. */
export async function listSkills(context: StageContext, base: BaseTree): Promise<Taken> {
  const paths = [...base.files.keys()].filter((path) => SKILL.test(path)).toSorted();
  const taken: Taken = { skills: [], skillFaults: [] };
  for (const path of paths.slice(0, MAX_FILES)) {
    const leaveOut = (reason: string): void => void taken.skillFaults.push({ path, reason });
    const text = await context.world.trees.text(base, path);
    const read = text === null ? null : readSkill(text);
    if (read === null) leaveOut("it is a link, larger than 1 MiB, or not UTF-8 text");
    else if (!read.ok) leaveOut(read.reason);
    else if (taken.skills.some(({ name }) => name === read.name)) leaveOut(`another skill is named ${read.name} too`);
    else if (taken.skills.length >= MAX_SKILLS) leaveOut(`only ${MAX_SKILLS} skills are listed`);
    else taken.skills.push({ name: read.name, description: read.description, path });
  }
  return taken;
}

/** The listed skills, their bodies read when they are asked for. */
export function skillsOf(context: StageContext, base: BaseTree): Skills {
  const { skills = [] } = intakeOf(context);
  return {
    names: skills.map(({ name }) => name),
    body: async (name) => {
      const found = skills.find((skill) => skill.name === name);
      const text = found === undefined ? null : await context.world.trees.text(base, found.path);
      const read = text === null ? null : readSkill(text);
      return read?.ok === true ? read.body : null;
    },
  };
}
