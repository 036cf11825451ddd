import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { JourneymanError } from "../core/errors.ts";
import type { Prompts } from "../core/prompt-roles.ts";
import { readSettings } from "../core/settings/settings-file.ts";
import type { Settings } from "../core/settings/settings.ts";
import { unpricedModels } from "../core/settings/unpriced.ts";
import type { Model } from "../ports/model.ts";
import { promptsOf } from "./eval-options.ts";

/** As commander gives them. */
export interface ForkFlags {
  readonly at?: string;
  readonly resume?: string;
  readonly model?: string;
  readonly settings?: string;
  readonly prompt?: readonly string[];
  readonly publish?: boolean;
  readonly approve?: boolean;
  readonly answer?: string;
  readonly json?: string;
}

/** What a fork has in place of what its origin had. */
export interface Changed {
  readonly model: string | null;
  readonly settings: Settings | null;
  readonly prompts: Prompts;
}

/** Each fault is a line of its own, told from the next by a semicolon. */
const invalid = (faults: readonly string[]): JourneymanError =>
  new JourneymanError("fork_files_invalid", { count: faults.length, faults: faults.join("; ") });

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw invalid([`${path} is not there or cannot be read`]);
  }
}

/** Settings by the schema of the repository's own file, and with its sentences. */
function settingsOf(path: string, price: Model["price"]): Settings {
  const text = readText(path);
  const read = readSettings(text);
  const faults = read.ok ? unpricedModels(read.settings, text, (model) => price(model) !== null) : read.faults;
  if (!read.ok || faults.length > 0)
    throw invalid(faults.map(({ line, message }) => `${basename(path)}:${line} ${message.replaceAll("; ", ", ")}`));
  return read.settings;
}

/** Reads the files and looks the prices up before anything begins. @throws fork_files_invalid, price_unknown, option_invalid */
export function changedBy(
  { model = null, settings, prompt }: Pick<ForkFlags, "settings" | "prompt"> & { model?: string | null },
  price: Model["price"],
): Changed {
  if (model !== null && price(model) === null) throw new JourneymanError("price_unknown", { model });
  return {
    model,
    settings: settings === undefined ? null : settingsOf(settings, price),
    prompts: promptsOf(prompt, (sentence) => invalid([sentence])),
  };
}

const wrong = (option: string, expected: string, given: string): JourneymanError =>
  new JourneymanError("option_invalid", { option, expected, given });

/** Options that do not go together. @throws option_invalid */
export function checkFlags(run: string | undefined, flags: ForkFlags): void {
  const { at, resume, publish, approve, answer } = flags;
  if (resume !== undefined) {
    const begins = ["at", "model", "settings", "publish"] as const;
    const given =
      begins.find((name) => flags[name] !== undefined) ?? ((flags.prompt ?? []).length > 0 ? "prompt" : null);
    if (run !== undefined || given !== null)
      throw wrong("--resume", "the id of a fork and no other beginning", given === null ? (run ?? "") : `--${given}`);
    return;
  }
  if (run === undefined) throw wrong("fork", "the id of a run, or --resume with that of a fork", "nothing");
  if (at === undefined)
    throw wrong("--at", "the number of a fact, as `journeyman show RUN --all` lists them", "nothing");
  if (publish === true && (approve === true || answer !== undefined))
    throw wrong(
      "--publish",
      "decisions from GitHub: comment `/approve` or `/answer` on the issue",
      approve === true ? "--approve" : "--answer",
    );
}
