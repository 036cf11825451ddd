import { DEFAULT_SETTINGS } from "../core/settings/settings.ts";
import { checkAnthropic, type ModelCheck } from "../model/check.ts";
import { vendorOfModel, type Vendor } from "../core/vendor.ts";
import { composeModel } from "./compose.ts";
import type { ServerConfig } from "./config.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";
import { vendorsIn } from "./model-config.ts";

const KEYS = { anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY" } as const;
const ADDRESSES = { anthropic: "ANTHROPIC_BASE_URL", openai: "OPENAI_BASE_URL" } as const;

async function askVendor(config: ServerConfig, vendor: Vendor): Promise<ModelCheck> {
  const { [KEYS[vendor]]: apiKey = "", [ADDRESSES[vendor]]: baseUrl } = config;
  const service = { apiKey, ...(baseUrl !== undefined && { baseUrl }) };
  if (vendor === "anthropic") return checkAnthropic(service);
  const { checkOpenAi } = await import("../model/openai-check.ts");
  return checkOpenAi(service);
}

async function checkVendor(config: ServerConfig, vendor: Vendor): Promise<Finding> {
  const name = `model ${vendor}`;
  switch (await askVendor(config, vendor)) {
    case "answers":
      return ok(name, "the API key is accepted");
    case "unauthorized":
      return fail(name, "the API key is refused", `check ${KEYS[vendor]}`);
    case "unreachable":
      return fail(name, "no answer", `check the network and ${ADDRESSES[vendor]}`);
  }
}

/** Models that a repository without settings of its own would use. */
const defaultModels = (): string[] => [...new Set(Object.values(DEFAULT_SETTINGS.models).map(({ model }) => model))];

/** Each provider that is configured, and whether the models of the default settings can be used here. */
export async function checkModel(config: ServerConfig): Promise<Finding[]> {
  const vendors = vendorsIn(config);
  const model = await composeModel(config);
  const [served, homeless] = [true, false].map((is) =>
    defaultModels().filter((id) => vendors.has(vendorOfModel(id)) === is),
  );
  const remedy = "name other models in the settings of every repository";
  return [
    ...(await Promise.all([...vendors].map((vendor) => checkVendor(config, vendor)))),
    ...(served ?? [])
      .filter((id) => model.price(id) === null)
      .map((id) => fail("prices", `no price for ${id}`, "give it in MODEL_PRICES_FILE")),
    ...(homeless ?? []).map((id) => warn("models", `${id}, a default, has no provider here`, remedy)),
  ];
}
