import { z } from "zod";
import { Effort } from "./messages.ts";

/*
 * `.github/journeyman.yml` on the default branch. Every key has a default; an unknown key is a fault.
 * `.prefault({})` fills nested objects, so an empty file is a valid file.
 */

const role = (model: string, effort: Effort) =>
  z.strictObject({ model: z.string().min(1).default(model), effort: Effort.default(effort) }).prefault({});

const globs = z.array(z.string().min(1).max(300)).max(200);

export const Settings = z.strictObject({
  models: z
    .strictObject({ planner: role("claude-opus-5-5", "high"), executor: role("claude-opus-5-5", "medium") })
    .prefault({}),
  budget: z
    .strictObject({
      run_usd: z
        .number()
        .positive()
        .max(1000)
        .default(5)
        .describe("Most that one run may spend on the model, in US dollars"),
      day_usd: z
        .number()
        .positive()
        .max(10_000)
        .default(50)
        .describe(
          "Most that all runs of this installation may have spent in a UTC day when this repository asks; the operator's own limit stands beside it",
        ),
    })
    .prefault({}),
  limits: z
    .strictObject({
      turns: z.int().min(1).max(500).default(50).describe("Model turns in one stage"),
      run_minutes: z
        .int()
        .min(1)
        .max(720)
        .default(60)
        .describe("Working time of a run, waiting for people not counted"),
      command_minutes: z.int().min(1).max(60).default(10).describe("One command in the sandbox"),
      memory_mb: z.int().min(256).max(65_536).default(2048).describe("Memory of the sandbox"),
      cpus: z.number().min(0.1).max(64).default(2).describe("Processors of the sandbox"),
    })
    .prefault({}),
  setup: z
    .strictObject({
      command: z
        .string()
        .min(1)
        .max(1000)
        .optional()
        .describe("Installs dependencies; the only command with (filtered) network"),
    })
    .prefault({}),
  tests: z
    .strictObject({
      command: z.string().min(1).max(1000).optional().describe("Runs the tests; detected when not given"),
      minutes: z.int().min(1).max(60).default(10),
    })
    .prefault({}),
  publish: z
    .strictObject({
      on_failure: z
        .enum(["comment", "draft"])
        .default("comment")
        .describe("When the tests still fail at the end: only say so, or keep the work as a draft pull request"),
    })
    .prefault({}),
  paths: z
    .strictObject({
      protected: globs.default([]).describe("More globs that a change may never touch"),
      ignored: globs.default([]).describe("More globs that are never committed, in .gitignore's grammar"),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof Settings>;

export const SETTINGS_PATH = ".github/journeyman.yml";

/** One fault of a settings file, with the 1-based line it stands on. */
export const SettingsFault = z.object({ line: z.int().positive(), path: z.string(), message: z.string() });
export type SettingsFault = z.infer<typeof SettingsFault>;

export const DEFAULT_SETTINGS: Settings = Settings.parse({});
