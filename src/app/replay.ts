import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asJourneymanError } from "../core/errors.ts";
import type { Digest } from "../core/ids.ts";
import { textDiff } from "../core/text/diff-text.ts";
import { printable } from "../core/text/invisible.ts";
import type { Artifacts } from "../ports/journal.ts";
import { type ReplayedEffect, replayed } from "../views/replay.ts";
import { withRun } from "./inspect.ts";
import type { WholeRun } from "./whole-run.ts";

const say = (text: string): void => void process.stdout.write(`${printable(text)}\n`);

export interface ReplayOptions {
  /** Of what differs, a unified diff from what was shown to what is rendered. */
  readonly diff?: boolean;
  /** Where the rendered texts are written, a file each. */
  readonly out?: string;
}

/** The server has no page of its own for a run: no text links to one. */
const VIEW = { runUrl: null } as const;

async function shownThen(artifacts: Pick<Artifacts, "get">, digest: Digest): Promise<string | null> {
  try {
    return new TextDecoder().decode(await artifacts.get(digest));
  } catch (thrown) {
    if (asJourneymanError(thrown).code === "artifact_missing") return null;
    throw thrown;
  }
}

async function printDiff(artifacts: Pick<Artifacts, "get">, { text, recorded }: ReplayedEffect): Promise<void> {
  if (recorded === null || text === null) return;
  const before = await shownThen(artifacts, recorded);
  if (before === null) return say(`what was shown (${recorded}) is missing from the store`);
  say(textDiff({ name: "shown", text: before }, { name: "rendered", text }));
}

/** Names of effects are letters, digits, dots and dashes, and `pull_request`. */
async function writeTexts(directory: string, effects: readonly ReplayedEffect[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const { index, key, text } of effects)
    if (text !== null) await writeFile(join(directory, `${String(index).padStart(5, "0")}-${key}.md`), text);
}

const isFault = ({ verdict }: ReplayedEffect): boolean => verdict === "differs" || verdict === "not owed";

const lineOf = ({ index, verdict, kind, key }: ReplayedEffect): string =>
  `${String(index).padStart(4)}  ${verdict.padEnd(12)}  ${kind.padEnd(12)}  ${key}`;

async function printReplay({ run, facts, artifacts }: WholeRun, options: ReplayOptions): Promise<boolean> {
  const effects = replayed(run, facts, VIEW);
  for (const effect of effects) {
    say(lineOf(effect));
    if (options.diff === true && effect.verdict === "differs") await printDiff(artifacts, effect);
  }
  if (options.out !== undefined) await writeTexts(options.out, effects);
  const faults = effects.filter(isFault).length;
  const unknown = effects.filter(({ verdict }) => verdict === "not recorded").length;
  say(`${effects.length} texts, ${faults} not as shown, ${unknown} not recorded`);
  return faults === 0;
}

/**
 * Renders every text of a run anew and says of each whether it is what was shown; true when none differs.
 * @throws run_unknown, journal_missing, journal_corrupt, archive_damaged
 */
export async function replayRun(given: string, options: ReplayOptions): Promise<boolean> {
  let isSame = true;
  await withRun(given, async (whole) => {
    isSame = await printReplay(whole, options);
  });
  return isSame;
}
