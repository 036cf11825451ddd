import { lineOfSetting } from "./settings-file.ts";
import type { Settings, SettingsFault } from "./settings.ts";

/**
 * Models whose price is not known, as faults of the settings file: a run has a budget, and a budget cannot be kept without a price. Said
 * before anything is spent, for every role, and not when its turn comes. `text` is the file, null when there is none.
 */
export function unpricedModels(
  settings: Settings,
  text: string | null,
  isPriced: (model: string) => boolean,
): readonly SettingsFault[] {
  return Object.entries(settings.models)
    .filter(([role]) => role !== "reviewer" || settings.review.enabled)
    .filter(([, { model }]) => !isPriced(model))
    .map(([role, { model }]) => {
      const path = ["models", role, "model"];
      const line = text === null ? 1 : lineOfSetting(text, path);
      const message = `${path.join(".")} ${model}: its price is not known, so the budget cannot be kept; the operator can add it to the price table, or name another model here`;
      return { line, path: path.join("."), message };
    })
    .toSorted((a, b) => a.line - b.line);
}
