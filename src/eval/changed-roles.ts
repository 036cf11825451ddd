import type { ModelRequest } from "../core/messages.ts";
import type { Model } from "../ports/model.ts";
import { promptFor, promptProblem, type Prompts, type ScriptRole } from "../core/prompt-roles.ts";
import type { Fault } from "./yaml-file.ts";

/** A text of one's own must begin as the role's own does. */
export function promptFault(role: ScriptRole, text: string, name: string): Fault | null {
  const problem = promptProblem(role, text);
  return problem === null ? null : `${name}:1 ${problem}`;
}

export function withPrompt(request: ModelRequest, prompts: Prompts): ModelRequest {
  const system = promptFor(request.system, prompts);
  return system === request.system ? request : { ...request, system };
}

/** The model, asked with other system texts. The journal holds the text that the run began with. */
export const promptedModel = (model: Model, prompts: Prompts): Model => ({
  respond: (request, signal, watch) => model.respond(withPrompt(request, prompts), signal, watch),
  price: (id) => model.price(id),
  standIn: (id) => model.standIn(id),
});
