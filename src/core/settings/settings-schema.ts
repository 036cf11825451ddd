import { z } from "zod";
import { Settings } from "./settings.ts";

/** The settings file's JSON Schema (draft-07) for editors, as the text of `schema/journeyman.schema.json`. */
export function settingsJsonSchema(): string {
  const schema = z.toJSONSchema(Settings, { io: "input", target: "draft-7" });
  const titled = { title: "Settings of Journeyman in a repository (.github/journeyman.yml)", ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
