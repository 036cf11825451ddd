import { detectTests, TELLING_FILES } from "../../core/testing/detect.ts";
import type { BaseTree } from "../../ports/trees.ts";
import { intakeOf, type StageContext } from "../stage.ts";

export interface Commands {
  /** Installs dependencies; null when there are none to install. */
  readonly setup: string | null;
  /** Runs the tests; null when none was found. */
  readonly test: string | null;
}

/** How this repository is set up and tested: its settings say, else its files tell. The same commit gives the same answer. */
export async function commandsOf(context: StageContext, base: BaseTree): Promise<Commands> {
  const { settings } = intakeOf(context);
  const present = TELLING_FILES.filter((path) => base.files.has(path));
  const read = async (path: string) => [path, await context.world.trees.text(base, path)] as const;
  const texts = new Map(await Promise.all(present.map(read)));
  const detected = detectTests([...base.files.keys()], (path) => texts.get(path) ?? null);
  return { setup: settings.setup.command ?? detected.setup, test: settings.tests.command ?? detected.test };
}
