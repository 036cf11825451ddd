import type { ModelPrice } from "../../../src/core/money/money.ts";
import { costOf, type MicroUsd } from "../../../src/core/money/money.ts";
import { PRICES } from "../../../src/model/prices.ts";
import type { RecordedRequest } from "../scripted-model/server.ts";

/** What the vendor charges for a request; nothing for one that was refused or never answered. */
export function usageCost({ usage, request }: Pick<RecordedRequest, "usage" | "request">): MicroUsd {
  const price: ModelPrice | undefined = PRICES[request?.model ?? ""];
  return usage === null || price === undefined ? 0 : costOf(usage, price);
}
