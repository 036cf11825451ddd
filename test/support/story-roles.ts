import type { Findings } from "../../src/core/understanding/exploration.ts";
import type { Recap } from "../../src/core/conversation/recap.ts";
import type { Review } from "../../src/core/review.ts";
import type { Routing } from "../../src/core/understanding/routing.ts";
import { call, type Turn } from "./scripted-model/answer.ts";
import type { ScriptRequest } from "./scripted-model/request.ts";
import type { Route, Script } from "./scripted-model/script.ts";

/*
 * What every other role says when a story has nothing special for it: the issue is a bug of medium difficulty that needs no exploring,
 * the review finds nothing. Roles are told apart by the first words of their system text.
 */

export const says =
  (start: string) =>
  (request: Pick<ScriptRequest, "system">): boolean =>
    request.system.startsWith(start);

export const ROUTING: Routing = {
  kind: "bug",
  difficulty: "medium",
  reason: "A wrong result, the place is known.",
  unclear: [],
  explore: [],
  skills: [],
};

/** What the router submits. */
export const sorted = (about: Partial<Routing> = {}): Turn => call("submit", { ...ROUTING, ...about });

const FINDINGS: Findings = {
  answer: "round() in src/money.js:1 multiplies by 100 in floating point.",
  files: [{ path: "src/money.js", symbols: ["round"], why: "It rounds." }],
  conventions: [],
  unknown: [],
};

/** What an explorer submits. */
export const found = (about: Partial<Findings> = {}): Turn => call("submit", { ...FINDINGS, ...about });

/** What the reviewer submits. */
export const reviewed = (about: Partial<Review> = {}): Turn =>
  call("submit", { summary: "The change does what the plan says.", findings: [], ...about });

const RECAP: Recap = { done: ["Read the code."], files: [], decisions: [], failed: [], left: ["Go on."] };

/** In the order in which they are tried; a story's own routes stand before them. */
export const DEFAULT_ROUTES: readonly Route[] = (
  [
    ["You sort", sorted()],
    ["You explore", found()],
    ["You review", reviewed()],
    ["You summarise", call("submit", { ...RECAP })],
  ] as const
).map(([start, answer]) => ({ when: says(start), script: [answer] satisfies Script }));
