import { isMap, parseDocument } from "yaml";
import { DEFAULT_SETTINGS } from "../core/settings/settings.ts";

/** The model that every role is given, or null for those of the settings. */
export type ChosenModel = string | null;

/** A settings file's text with this model in every role, efforts and all else as they were. */
export function settingsWith(text: string | null, model: string): string {
  const document = parseDocument(text ?? "{}");
  // A file that is not a map is refused at intake, with its fault.
  if (document.contents !== null && !isMap(document.contents)) return text ?? "";
  for (const role of Object.keys(DEFAULT_SETTINGS.models)) document.setIn(["models", role, "model"], model);
  return document.toString();
}
