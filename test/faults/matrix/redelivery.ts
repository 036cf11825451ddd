import { ok } from "node:assert/strict";
import type { Play } from "./play.ts";
import { until } from "./waits.ts";

/** Deliveries that GitHub calls failed are sent once more, as its record of deliveries allows. Fails when there was none. */
export async function redeliverLost({ bench }: Play): Promise<void> {
  const { webhooks } = bench.github;
  const failed = () => webhooks.deliveries.filter(({ statusCode }) => statusCode >= 400);
  await until("GitHub to call a delivery failed", () => failed().length > 0);
  await webhooks.settled();
  const guids = new Set(failed().map(({ guid }) => guid));
  ok(guids.size > 0);
  for (const guid of guids) webhooks.redeliver(guid);
  await webhooks.settled();
}
