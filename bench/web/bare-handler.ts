/*
 * A program: the least that can be called a webhook handler: reads the body, checks the signature, parses, and either adds a job to
 * BullMQ (`queue`, with the path of Redis's socket) or inserts one durable row (`row`, with the path of a SQLite file). Prints its
 * address. `node bare-handler.ts MODE PATH SECRET`
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { buffer } from "node:stream/consumers";
import { Queue } from "bullmq";

const [mode = "", path = "", secret = ""] = process.argv.slice(2);

type Keep = (id: string, body: string) => Promise<unknown>;

function keepInQueue(): Keep {
  const queue = new Queue("bare", { connection: { path }, defaultJobOptions: { removeOnComplete: true } });
  return (id) => queue.add("delivery", { id }, { jobId: id });
}

function keepAsRow(): Keep {
  const database = new DatabaseSync(path);
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table deliveries (id text primary key, body text)",
  );
  const insert = database.prepare("insert into deliveries (id, body) values (?, ?)");
  return async (id, body) => insert.run(id, body);
}

function isSigned(body: Buffer, signature: unknown): boolean {
  const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  const given = Buffer.from(String(signature));
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}

const keep = mode === "queue" ? keepInQueue() : keepAsRow();
const server = createServer(async (request, response) => {
  const body = await buffer(request);
  if (!isSigned(body, request.headers["x-hub-signature-256"])) return void response.writeHead(401).end();
  const text = body.toString("utf8");
  JSON.parse(text);
  await keep(String(request.headers["x-github-delivery"]), text);
  response.writeHead(202).end();
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
});
