import { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from "../scripted-model/server.ts";
import { OPENAI_CHAT, OPENAI_RESPONSES } from "./dialect.ts";

/** A model that speaks one of OpenAI's two wires on 127.0.0.1 and says what its script says. Its base URL is `url` with `/v1`. */
export const startScriptedOpenAi = (
  options: ScriptedModelOptions & { readonly api: "responses" | "chat" },
): Promise<ScriptedModel> => startScriptedModel(options, options.api === "chat" ? OPENAI_CHAT : OPENAI_RESPONSES);
