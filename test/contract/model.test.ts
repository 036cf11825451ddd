import { createAnthropicModel } from "../../src/model/anthropic.ts";
import { modelContract } from "../support/scripted-model/contract.ts";

modelContract("anthropic", ({ url, ...limits }) => createAnthropicModel({ baseUrl: url, ...limits }));
