/*
 * A program: posts signed deliveries over a fixed number of connections and prints what came back. Each delivery is the label on an
 * issue of its own, so each starts a run. `node load.ts URL SECRET COUNT CONNECTIONS FIRST_ISSUE`
 */
import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { labelDelivery } from "../../test/support/deliveries.ts";
import { quantile } from "../measure.ts";

const [url = "", secret = "", count = "1", connections = "1", first = "1"] = process.argv.slice(2);
/** What GitHub says of an issue and a repository besides what identifies them is about this long. */
const REST = "x".repeat(8_000);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });

interface Delivery {
  readonly body: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

function deliveryOf(number: number): Delivery {
  const { issue, ...rest } = labelDelivery("journeyman");
  const about = { ...(issue as object), id: 1_000_000 + number, number, body: REST };
  const body = JSON.stringify({ ...rest, issue: about });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-github-event": "issues",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  return { body, headers };
}

function post({ body, headers }: Delivery): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sending = request(url, { method: "POST", agent, headers }, (response) => {
    response.resume();
    response.once("end", () => resolve(response.statusCode ?? 0));
  });
  sending.once("error", reject);
  sending.end(body);
  return promise;
}

const deliveries = Array.from({ length: Number(count) }, (_, at) => deliveryOf(Number(first) + at));
const latencies: number[] = [];
let accepted = 0;
let at = 0;

async function connection(): Promise<void> {
  for (let delivery = deliveries[at++]; delivery !== undefined; delivery = deliveries[at++]) {
    const start = performance.now();
    if ((await post(delivery)) === 202) accepted += 1;
    latencies.push(performance.now() - start);
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
const seconds = (performance.now() - start) / 1000;
const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
process.stdout.write(JSON.stringify({ p50, p99, rate: latencies.length / seconds, accepted }));
process.exit(0);
