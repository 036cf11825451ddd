import type { Sha } from "../../core/ids.ts";
import { settingsUnder } from "../../core/fork-settings.ts";
import { readSettings } from "../../core/settings/settings-file.ts";
import { DEFAULT_SETTINGS, SETTINGS_PATH, type Settings, type SettingsFault } from "../../core/settings/settings.ts";
import { unpricedModels } from "../../core/settings/unpriced.ts";
import { type StageContext, subjectOf } from "../stage.ts";

/**
 * The settings of the repository at a commit, or all that is wrong with them; a model without a price is a fault too. A fork has its own,
 * where it was given some.
 */
export async function settingsAt(
  context: StageContext,
  sha: Sha,
): Promise<{ readonly settings: Settings } | { readonly faults: readonly SettingsFault[] }> {
  const { forge, model } = context.world;
  const { fork } = context.state();
  if (fork !== null && fork.settings !== null) return { settings: settingsUnder(fork, fork.settings) };
  const text = await forge.file(subjectOf(context), sha, SETTINGS_PATH);
  const read = text === null ? { ok: true as const, settings: DEFAULT_SETTINGS } : readSettings(text);
  if (!read.ok) return { faults: read.faults };
  const settings = settingsUnder(fork, read.settings);
  const faults = unpricedModels(settings, text, (name) => model.price(name) !== null);
  return faults.length > 0 ? { faults } : { settings };
}
