import { z } from "zod";
import { Effort } from "../messages.ts";

/*
 * `.github/journeyman.yml` on the default branch. Every key has a default; an unknown key is a fault.
 * `.prefault({})` fills nested objects, so an empty file is a valid file.
 */

const Role = (model: string, effort: Effort) =>
  z.strictObject({
    model: z.string().min(1).default(model),
    effort: Effort.default(effort),
    max_usd: z.number().positive().max(1000).optional().describe("Most that this role may spend in one run"),
  });
const role = (model: string, effort: Effort, description: string) =>
  Role(model, effort).prefault({}).describe(description);

const globs = z.array(z.string().min(1).max(300)).max(200);

export const Settings = z.strictObject({
  models: z
    .strictObject({
      router: role("claude-haiku-4-5", "low", "Says what kind of work an issue is and how hard"),
      explorer: role("claude-sonnet-5", "medium", "Finds out about the code before it is planned, and subagents"),
      planner: role("claude-opus-5-5", "high", "Makes the plan; answers the executor's `consult`"),
      executor_easy: role("claude-sonnet-5", "medium", "Carries out the plan of an easy issue"),
      executor: role("claude-opus-5-5", "medium", "Carries out the plan"),
      executor_hard: role(
        "claude-opus-5-5",
        "high",
        "Carries out the plan of a hard issue, and goes on when others failed",
      ),
      reviewer: role("claude-opus-5-5", "medium", "Reviews the tested change with fresh eyes"),
      writer: role("claude-haiku-4-5", "low", "Summarises long conversations and fetched pages"),
    })
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
      repository_day_usd: z
        .number()
        .positive()
        .max(10_000)
        .optional()
        .describe("Most that the runs of this repository may have spent in a UTC day"),
      raised_by: z
        .enum(["admin", "write"])
        .default("admin")
        .describe("Who may raise a run's budget above `run_usd`, by `/budget` or `/approve`"),
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
      stage_minutes: z.int().min(1).max(720).default(45).describe("Working time of one stage"),
      context_tokens: z
        .int()
        .min(8_000)
        .max(1_000_000)
        .default(150_000)
        .describe("Size of a conversation from which old output is cleared, then summarised"),
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
  understand: z
    .strictObject({
      explorers: z
        .int()
        .min(0)
        .max(4)
        .default(3)
        .describe("Readers that may explore the code side by side before it is planned"),
    })
    .prefault({}),
  review: z
    .strictObject({ enabled: z.boolean().default(true).describe("Whether a fresh model reviews the tested change") })
    .prefault({}),
  web: z
    .strictObject({
      hosts: z
        .array(z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/))
        .max(50)
        .default([])
        .describe("Hosts that may be read over HTTPS, if the operator allows them too; none by default"),
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
