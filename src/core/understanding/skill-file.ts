import { parse } from "yaml";
import { z } from "zod";

/*
 * The text of a `SKILL.md`: front matter between two lines of `---`, YAML with `name` and `description`, then the body.
 * A stranger may have written it: the front matter's size is bounded and aliases are refused before anything is built from it.
 */

const MAX_FRONT = 4_000;

const Front = z.looseObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, "has 1 to 64 letters, digits, dots, dashes or underscores"),
  description: z.string().trim().min(1, "is empty").max(1_000, "is longer than 1000 characters"),
});

export type SkillReading =
  | { readonly ok: true; readonly name: string; readonly description: string; readonly body: string }
  /** `reason` completes "it was left out, because …". */
  | { readonly ok: false; readonly reason: string };

const refused = (reason: string): SkillReading => ({ ok: false, reason });

/** Null when it is no YAML, or one with aliases. */
function yamlOf(text: string): { readonly value: unknown } | null {
  try {
    return { value: parse(text, { maxAliasCount: 0, logLevel: "error" }) };
  } catch {
    return null;
  }
}

export function readSkill(text: string): SkillReading {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines[0]?.trimEnd() !== "---") return refused("its first line is not `---`");
  const end = lines.findIndex((line, place) => place > 0 && line.trimEnd() === "---");
  if (end === -1) return refused("its front matter does not end with a line `---`");
  const front = lines.slice(1, end).join("\n");
  if (front.length > MAX_FRONT) return refused(`its front matter is longer than ${MAX_FRONT} characters`);
  const yaml = yamlOf(front);
  if (yaml === null) return refused("its front matter is no YAML without aliases");
  const parsed = Front.safeParse(yaml.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = issue?.path.join(".") ?? "";
    return refused(key === "" ? "its front matter has no keys" : `its \`${key}\` is missing or not valid`);
  }
  const { name, description } = parsed.data;
  const body = lines
    .slice(end + 1)
    .join("\n")
    .trim();
  if (body === "") return refused("there is nothing below its front matter");
  return { ok: true, name, description: description.replace(/\s+/g, " "), body };
}
