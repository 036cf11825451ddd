import { z } from "zod";
import { type Call, type Json, notFound, ok, param, type Reply, type Route } from "./http.ts";
import type { Delivery } from "./webhooks.ts";

const deliveryItem = (delivery: Delivery): Json => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: delivery.deliveredAt,
  redelivery: delivery.redelivery,
  duration: Math.round(delivery.duration * 100) / 100,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});

const deliveryJson = (delivery: Delivery): Json => ({
  ...deliveryItem(delivery),
  url: "",
  request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.body) },
  response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
});

/** Newest first. The cursor is the id of the last delivery of the page before. */
function listDeliveries(call: Call): Reply {
  const size = Number(call.query.get("per_page") ?? 30);
  const cursor = call.query.get("cursor");
  const all = call.world.webhooks.deliveries
    .toReversed()
    .filter((delivery) => cursor === null || delivery.id < Number(cursor));
  const items = all.slice(0, size);
  const last = items.at(-1);
  const more = last !== undefined && all.length > size;
  const next = `<${call.world.address.api}/app/hook/deliveries?per_page=${size}&cursor=${last?.id}>; rel="next"`;
  return { status: 200, body: items.map(deliveryItem), ...(more ? { headers: { link: next } } : {}) };
}

function deliveryOf(call: Call): Delivery {
  const id = Number(param(call, "delivery_id"));
  const found = call.world.webhooks.deliveries.find((delivery) => delivery.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function redeliver(call: Call): Reply {
  call.world.webhooks.redeliver(deliveryOf(call).guid);
  return { status: 202, body: {} };
}

const configJson = ({ world: { webhooks } }: Call): Json => ({
  content_type: "json",
  insecure_ssl: "0",
  secret: "********",
  ...(webhooks.url === null ? {} : { url: webhooks.url }),
});

function patchConfig(call: Call): Reply {
  const { url } = z.object({ url: z.string().optional() }).parse(call.body);
  call.world.webhooks.url = url ?? call.world.webhooks.url;
  return ok(configJson(call));
}

export const hookRoutes: readonly Route[] = [
  { method: "GET", path: "/app/hook/config", as: "app", run: (call) => ok(configJson(call)) },
  { method: "PATCH", path: "/app/hook/config", as: "app", run: patchConfig },
  { method: "GET", path: "/app/hook/deliveries", as: "app", run: listDeliveries },
  {
    method: "GET",
    path: "/app/hook/deliveries/{delivery_id}",
    as: "app",
    run: (call) => ok(deliveryJson(deliveryOf(call))),
  },
  { method: "POST", path: "/app/hook/deliveries/{delivery_id}/attempts", as: "app", run: redeliver },
];
