import { createHmac } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asApp, mint, withToken } from "../support/github/client.ts";
import type { IssueHandle, RepositoryHandle } from "../support/github/people.ts";
import { type Github, startGithub } from "../support/github/server.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let github: Github;
let shop: RepositoryHandle;
let listener: Server;
let received: Received[];
let answer: number;

const events = () =>
  received.map(({ headers, body }) => `${String(headers["x-github-event"])}.${JSON.parse(body).action}`);
const bodies = () => received.map(({ body }) => JSON.parse(body).comment?.body as string | undefined);
const openIssue = (): IssueHandle => github.openIssue({ repo: shop, user: "ada", title: "Prices", body: "Wrong" });

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  received.push({ headers: request.headers, body });
  response.writeHead(answer).end();
}

beforeEach(async () => {
  received = [];
  answer = 202;
  listener = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  github = await startGithub();
  shop = await github.repository({ name: "shop" });
  github.webhooks.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/api/github/webhooks`;
});
afterEach(async () => {
  const { faults } = github;
  await github.stop();
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
  expect(faults).toEqual([]);
});

test("what people do arrives signed, in order, with the installation it belongs to", async () => {
  const issue = openIssue();
  github.label(issue, "ada", "journeyman");
  const id = github.comment(issue, "ada", "/approve");
  github.editComment(issue, "ada", { id, body: "/reject" });
  github.closeIssue(issue, "ada");
  await github.webhooks.settled();
  expect(events()).toEqual([
    "issues.opened",
    "issues.labeled",
    "issue_comment.created",
    "issue_comment.edited",
    "issues.closed",
  ]);
  for (const { headers, body } of received) {
    const signature = createHmac("sha256", github.app.webhookSecret).update(body).digest("hex");
    expect(headers["x-hub-signature-256"]).toBe(`sha256=${signature}`);
    expect(headers["x-github-delivery"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(body)).toMatchObject({
      installation: { id: github.app.installationId },
      repository: { id: shop.id, full_name: "acme/shop" },
      sender: { login: "ada", type: "User" },
    });
  }
});

test("the App's own writes come back as a bot's", async () => {
  const issue = openIssue();
  const bot = withToken(github, await mint(github));
  await bot.rest.issues.createComment({ owner: "acme", repo: "shop", issue_number: issue.number, body: "On it" });
  await github.webhooks.settled();
  const last = JSON.parse(received.at(-1)?.body ?? "{}");
  expect(last).toMatchObject({
    action: "created",
    sender: { login: "journeyman[bot]", type: "Bot" },
    comment: { body: "On it", performed_via_github_app: { id: github.app.id } },
  });
});

test("held events go out in another order when told", async () => {
  const issue = openIssue();
  await github.webhooks.settled();
  github.webhooks.pause();
  for (const body of ["one", "two", "three"]) github.comment(issue, "ada", body);
  await github.webhooks.settled();
  expect(received).toHaveLength(1);
  github.webhooks.resume("reversed");
  await github.webhooks.settled();
  expect(bodies().slice(1)).toEqual(["three", "two", "one"]);
});

test("S21 a duplicate and a redelivery carry the GUID and the bytes of the first", async () => {
  openIssue();
  await github.webhooks.settled();
  const guid = github.webhooks.deliveries[0]?.guid ?? "";
  github.webhooks.duplicate(guid);
  github.webhooks.redeliver(guid);
  await github.webhooks.settled();
  expect(new Set(received.map(({ headers }) => headers["x-github-delivery"]))).toEqual(new Set([guid]));
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect(github.webhooks.deliveries.map(({ redelivery }) => redelivery)).toEqual([false, false, true]);
});

test("the App finds failed deliveries, newest first, and asks for them again", async () => {
  github.webhooks.loseNext();
  const issue = openIssue();
  answer = 500;
  github.comment(issue, "ada", "Hello");
  await github.webhooks.settled();
  answer = 202;
  const { apps } = asApp(github).rest;
  const { data } = await apps.listWebhookDeliveries({ per_page: 10 });
  expect(data.map((one) => [one.event, one.status_code])).toEqual([
    ["issue_comment", 500],
    ["issues", 502],
  ]);
  await apps.redeliverWebhookDelivery({ delivery_id: data[1]?.id ?? 0 });
  await github.webhooks.settled();
  expect(events()).toEqual(["issue_comment.created", "issues.opened"]);
  expect(github.webhooks.deliveries.at(-1)).toMatchObject({ guid: data[1]?.guid, redelivery: true, statusCode: 202 });
});

test("a suspended or removed installation hears that, and then nothing", async () => {
  const issue = openIssue();
  github.suspendInstallation(shop);
  github.comment(issue, "ada", "unheard");
  github.unsuspendInstallation(shop);
  github.removeInstallation(shop);
  github.comment(issue, "ada", "unheard");
  await github.webhooks.settled();
  expect(events()).toEqual(["issues.opened", "installation.suspend", "installation.unsuspend", "installation.deleted"]);
});
