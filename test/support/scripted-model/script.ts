import { status } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { ScriptRequest } from "./request.ts";

/*
 * Where a script stands is read from the request, never counted: the n-th entry answers a conversation that already holds n answers.
 * So a request that is sent again, by a retry or by a resumed run, gets the same answer, and many conversations can share one server.
 */

export type Step = Answer | ((request: ScriptRequest) => Answer | Promise<Answer>);
export type Script = readonly Step[] | ((request: ScriptRequest) => Answer | Promise<Answer>);

export async function answerOf(script: Script, request: ScriptRequest): Promise<Answer> {
  if (typeof script === "function") return script(request);
  const step = script[request.n];
  if (step === undefined)
    return unscripted(`the script has ${script.length} answers; number ${request.n + 1} was asked for`);
  return typeof step === "function" ? step(request) : step;
}

/** Fails each of the first attempts of the same request in its own way; the next one gets the answer. */
export const failing =
  (failures: readonly Answer[], answer: Answer): Step =>
  (request) =>
    failures[request.attempt - 1] ?? answer;

export interface Route {
  readonly when: (request: ScriptRequest) => boolean;
  readonly script: Script;
}

/** The first route that fits the request answers it. */
export const route =
  (routes: readonly Route[]): Script =>
  async (request) => {
    const found = routes.find(({ when }) => when(request));
    return found === undefined
      ? unscripted(`no script fits the system text "${request.system.slice(0, 80)}"`)
      : answerOf(found.script, request);
  };

export const saysRole = (role: string, request: ScriptRequest): boolean =>
  request.system.toLowerCase().includes(role.toLowerCase());

/** One script for each role, told apart by the system text: by the role's name in it, unless told otherwise. */
export const byRole = (scripts: Readonly<Record<string, Script>>, is = saysRole): Script =>
  route(Object.entries(scripts).map(([role, script]) => ({ script, when: (request) => is(role, request) })));

/** Not a fault to try again: a request nobody expected is a fault of the test. */
const unscripted = (why: string): Answer => status(400, { message: `scripted model: ${why}` });
