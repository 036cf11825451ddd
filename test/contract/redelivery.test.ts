import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRedelivery } from "../../src/app/redelivery.ts";
import { createInbox } from "../../src/github/forge.ts";
import { systemClock } from "../../src/local/clock.ts";
import type { IssueHandle, RepositoryHandle } from "../support/github/people.ts";
import { type Github, startGithub } from "../support/github/server.ts";

/* The record of GitHub's simulator, and an App that answers what a test wants. Time between rounds is five minutes of a clock that a test moves. */

const EVERY_MS = 300_000;
const HOUR = 3_600_000;

let github: Github;
let door: Server;
let repo: RepositoryHandle;
let issue: IssueHandle;
let answer: number;
let ahead: number;

beforeEach(async () => {
  github = await startGithub();
  answer = 503;
  ahead = 0;
  door = createServer((request, response) => {
    request.resume();
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  github.webhooks.url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/`;
  repo = await github.repository({ name: "shop", files: { "README.md": "shop" } });
  github.user("ada");
  issue = github.openIssue({ repo, user: "ada", title: "Broken", body: "" });
});
afterEach(async () => {
  await github.stop();
  await new Promise((resolve) => door.close(resolve));
});

const clock = { ...systemClock, now: () => Date.now() + ahead };

function rounds(): () => Promise<void> {
  const { deliveries } = createInbox(
    {
      appId: github.app.id,
      privateKey: github.app.privateKey,
      host: github.host,
      protocol: "http",
      clock: systemClock,
      userAgent: "test",
    },
    { host: github.host, labels: ["journeyman"] },
  );
  const look = makeRedelivery({ deliveries, clock, log: { info: () => {}, warn: () => {} }, everyMs: EVERY_MS });
  return async () => {
    await look();
    await github.webhooks.settled();
  };
}

const comment = async (body: string): Promise<string> => {
  github.comment(issue, "ada", body);
  await github.webhooks.settled();
  return github.webhooks.deliveries.at(-1)?.guid ?? "";
};
const attemptsOf = (guid: string) => github.webhooks.deliveries.filter((delivery) => delivery.guid === guid);

test("what failed is asked for again, oldest first, and what succeeded never", async () => {
  const [first, second] = [await comment("/plan"), await comment("/stop")];
  answer = 202;
  const through = await comment("/help");
  const before = github.webhooks.deliveries.length;
  const look = rounds();
  await look();
  expect(github.webhooks.deliveries.slice(before).map(({ guid }) => guid)).toEqual([first, second]);
  ahead += HOUR;
  await look();
  await rounds()();
  expect(attemptsOf(first)).toHaveLength(2);
  expect(attemptsOf(through)).toHaveLength(1);
});

test("what cannot be a command is left alone", async () => {
  await github.webhooks.settled();
  const failed = github.webhooks.deliveries.map(({ action, statusCode }) => [action, statusCode]);
  expect(failed).toEqual([
    ["added", 503],
    ["opened", 503],
  ]);
  await rounds()();
  expect(github.webhooks.deliveries).toHaveLength(2);
});

test("what fails for good is asked for five times, with growing pauses, by a process that starts anew as well", async () => {
  const guid = await comment("/plan");
  const look = rounds();
  const asked: number[] = [];
  for (const minutes of [0, 5, 5, 20, 10, 90, 30, 420, 60, 600]) {
    ahead += minutes * 60_000;
    const before = attemptsOf(guid).length;
    await look();
    asked.push(attemptsOf(guid).length - before);
  }
  expect(asked).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  ahead += 24 * HOUR;
  await rounds()();
  expect(attemptsOf(guid), "the record is GitHub's: nothing is forgotten").toHaveLength(6);
});

test("every page of the record is read, back to what the round before read", async () => {
  const guid = await comment("/plan");
  answer = 202;
  for (let count = 0; count < 120; count++) github.comment(issue, "ada", "Nice weather.");
  await github.webhooks.settled();
  const look = rounds();
  await look();
  expect(attemptsOf(guid).map(({ statusCode }) => statusCode)).toEqual([503, 202]);
  const pages = (): number => github.requests.filter(({ path }) => path === "/app/hook/deliveries").length;
  expect(pages()).toBe(2);
});

test("a round that GitHub refuses changes nothing: the next one asks", async () => {
  const guid = await comment("/plan");
  answer = 202;
  const look = rounds();
  github.fault({ match: { method: "GET", route: /deliveries$/ }, kind: "rate_limit" });
  await expect(look()).rejects.toMatchObject({ code: "github_limited" });
  github.fault({ match: { method: "POST", route: /attempts$/ }, kind: "error_before" });
  await expect(look()).rejects.toMatchObject({ code: "github_unavailable" });
  ahead += HOUR;
  await look();
  expect(attemptsOf(guid)).toHaveLength(2);
});
