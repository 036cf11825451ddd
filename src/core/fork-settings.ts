import type { RunForked } from "./fork.ts";
import type { Settings } from "./settings/settings.ts";

type Models = Settings["models"];

function withModel(models: Models, model: string): Models {
  const given = { ...models };
  for (const role of Object.keys(given) as (keyof Models)[]) given[role] = { ...given[role], model };
  return given;
}

/** The settings that hold in a run: those of the repository, or what its fork put in their place. */
export function settingsUnder(fork: Pick<RunForked, "settings" | "model"> | null, read: Settings): Settings {
  const settings = fork?.settings ?? read;
  const model = fork?.model ?? null;
  return model === null ? settings : { ...settings, models: withModel(settings.models, model) };
}
