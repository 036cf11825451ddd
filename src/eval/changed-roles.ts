import type { ModelRequest } from "../core/messages.ts";
import type { Model } from "../ports/model.ts";
import { beginningOf, roleOfSystem, type ScriptRole } from "./roles.ts";
import type { Fault } from "./yaml-file.ts";

/** Other system texts for roles, to be tried out. */
export type Prompts = Readonly<Partial<Record<ScriptRole, string>>>;

/** A text of one's own must begin as the role's own does: roles are told by it. */
export const promptFault = (role: ScriptRole, text: string, name: string): Fault | null =>
  text.startsWith(beginningOf(role)) ? null : `${name}:1 must begin with "${beginningOf(role)}", as every ${role} text`;

export function withPrompt(request: ModelRequest, prompts: Prompts): ModelRequest {
  const role = roleOfSystem(request.system);
  const system = role === null ? undefined : prompts[role];
  return system === undefined ? request : { ...request, system };
}

/** The model, asked with other system texts. The journal holds the text that the run began with. */
export const promptedModel = (model: Model, prompts: Prompts): Model => ({
  respond: (request, signal, watch) => model.respond(withPrompt(request, prompts), signal, watch),
  price: (id) => model.price(id),
  standIn: (id) => model.standIn(id),
});
