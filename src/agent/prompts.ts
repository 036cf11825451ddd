import { readFileSync } from "node:fs";
import { JourneymanError } from "../core/errors.ts";

/*
 * The texts of `prompts/`, read once when this module is loaded. They stand beside `src` and `dist` alike, so the same relative address
 * finds them from both. Texts of the product, not effects of a run.
 */

const load = (name: string): string =>
  readFileSync(new URL(`../../prompts/${name}.md`, import.meta.url), "utf8").trimEnd();

/** Names without `Task` are system prompts: the same bytes for every job. The others are templates with `{{name}}` places. */
export const PROMPTS = {
  planner: load("planner"),
  executor: load("executor"),
  router: load("router"),
  explorer: load("explorer"),
  docsReader: load("docs-reader"),
  testRunner: load("test-runner"),
  codeReader: load("code-reader"),
  adviser: load("adviser"),
  pageReader: load("page-reader"),
  routerTask: load("router-task"),
  explorerTask: load("explorer-task"),
  subagentTask: load("subagent-task"),
  adviserTask: load("adviser-task"),
  pageReaderTask: load("page-reader-task"),
  plannerTask: load("planner-task"),
  executorTask: load("executor-task"),
  reviewer: load("reviewer"),
  reviewerTask: load("reviewer-task"),
  summariser: load("summariser"),
  summariserTask: load("summariser-task"),
  compacted: load("compacted"),
  handOff: load("hand-off"),
  fix: load("fix"),
  reviewFixTask: load("review-fix"),
  revise: load("revise"),
} as const;

/**
 * Fills a template in one pass, so a value is never read as a template. Places left empty take their blank line with them.
 * @throws internal for a place without a value
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const text = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new JourneymanError("internal", { reason: `prompt place ${name} has no value` });
    return value === "" ? EMPTY_PLACE : value;
  });
  return text.replaceAll(`\n\n${EMPTY_PLACE}`, "").replaceAll(EMPTY_PLACE, "").trim();
}

/** A private-use character: stands for a place that holds nothing until its blank line is taken out too. */
const EMPTY_PLACE = "\uE000";
