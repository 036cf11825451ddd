import type { EventOf } from "../../src/core/events.ts";
import { makeRunId } from "../../src/core/ids.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../src/core/settings/settings.ts";
import * as facts from "./facts.ts";

/* Facts of runs that begin with those of another. */

export const ORIGIN = makeRunId(Date.UTC(2025, 11, 31), new Uint8Array(10));

export const forked = (more: Partial<EventOf<"run.forked">> = {}): EventOf<"run.forked"> => ({
  type: "run.forked",
  origin: ORIGIN,
  at: 0,
  publish: false,
  from: null,
  model: null,
  settings: null,
  prompts: {},
  budgetMicroUsd: null,
  by: facts.MAINTAINER,
  ...more,
});

/** Settings with this model for the executor, the others as they are. */
export const executedBy = (model: string): Settings => ({
  ...DEFAULT_SETTINGS,
  models: { ...DEFAULT_SETTINGS.models, executor: { model, effort: "low" } },
});

export const begun = (stage: EventOf<"stage.started">["stage"], round = 0): EventOf<"stage.started"> => ({
  type: "stage.started",
  stage,
  round,
  worker: "w",
});

export const superseded = (more: Partial<EventOf<"run.superseded">> = {}): EventOf<"run.superseded"> => ({
  type: "run.superseded",
  command: 5,
  run: ORIGIN,
  at: 4,
  from: "plan",
  model: null,
  budgetMicroUsd: null,
  by: facts.MAINTAINER,
  ...more,
});
