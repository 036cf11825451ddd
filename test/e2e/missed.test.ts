import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/*
 * What GitHub sent and did not get through, and what it never sent. The server looks every second here instead of every five minutes.
 */

const EVERY_SECOND = { DELIVERY_POLL_SECONDS: "1" };

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    script: story.script(story.PLANNING, story.WORKING),
    environment: EVERY_SECOND,
  });
});
afterAll(() => instance.stop());

const received = async (scene: story.Scene) =>
  (await story.factsOfIssue(instance, scene)).flatMap(({ event }) =>
    event.type === "command.received" ? [event] : [],
  );

/** Two rounds of looking have begun and ended since. */
async function lookedAgain(): Promise<void> {
  const looks = (): number => instance.github.requests.filter(({ path }) => path === "/app/installations").length;
  const before = looks();
  await eventually("two more rounds", () => looks() >= before + 3);
}

test("F1.NC a delivery that failed is asked for again until it gets through, and acts once", async () => {
  const scene = await story.openScene(instance);
  instance.github.webhooks.loseNext(3);
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });
  const commands = (await received(scene)).map(({ command }) => command.name);
  expect(commands).toEqual(["plan", "approve"]);
  await lookedAgain();
  const byEvent = Map.groupBy(instance.github.webhooks.deliveries, ({ guid }) => guid).values();
  const succeeded = [...byEvent].filter((attempts) => attempts.some(({ statusCode }) => statusCode < 300));
  for (const attempts of succeeded) {
    const first = attempts.findIndex(({ statusCode }) => statusCode < 300);
    expect(attempts.length, "what succeeded is not sent again").toBe(first + 1);
  }
  expect(succeeded.some((attempts) => attempts.at(-1)?.redelivery === true)).toBe(true);
});

test("a label and a command of which GitHub has no record are found on the issue, and act once", async () => {
  const scene = await story.openScene(instance);
  instance.github.webhooks.forgetNext();
  const plan = await story.untilPlan(instance, scene);
  instance.github.webhooks.forgetNext();
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  expect((await story.untilOver(instance, scene)).outcome).toMatchObject({ outcome: "pull_request" });
  const commands = await received(scene);
  expect(commands.map(({ command, actor }) => [command.name, actor.login])).toEqual([
    ["plan", "maintainer"],
    ["approve", "maintainer"],
  ]);
  await lookedAgain();
  expect(await received(scene)).toHaveLength(2);
  expect(instance.github.pullRequests(scene.repository)).toHaveLength(1);
});

test("a delivery that comes after its command was found on the issue is a duplicate", async () => {
  const scene = await story.openScene(instance);
  instance.github.webhooks.pause();
  const plan = await story.untilPlan(instance, scene);
  story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
  await story.untilOver(instance, scene);
  const facts = (await story.factsOfIssue(instance, scene)).length;
  const before = instance.github.webhooks.deliveries.length;
  instance.github.webhooks.resume();
  await instance.github.webhooks.settled();
  const answers = instance.github.webhooks.deliveries.slice(before).map(({ responseBody }) => responseBody.trim());
  expect(answers.filter((answer) => answer === '{"duplicate":true}')).toHaveLength(2);
  expect(answers.filter((answer) => answer !== '{"duplicate":true}' && answer !== '{"ignored":true}')).toEqual([]);
  expect(await story.factsOfIssue(instance, scene)).toHaveLength(facts);
});

test("S05 S04 an edited comment, a quoted command and a bot's are not found, and who may not is refused", async () => {
  const scene = await story.openScene(instance);
  instance.github.webhooks.pause();
  const harmless = story.comment(instance, scene, "Nice weather.");
  instance.github.editComment(scene.issue, "maintainer", { id: harmless, body: "/plan" });
  story.comment(instance, scene, "> /plan");
  story.comment(instance, scene, "/plan", "reporter");
  await story.said(instance, scene, /write access/);
  await lookedAgain();
  const commands = await received(scene);
  expect(commands.map(({ command, actor }) => [command.name, actor.login])).toEqual([["plan", "reporter"]]);
  instance.github.webhooks.resume();
});

test("deliveries that came while the server was away are asked for when it is back", async () => {
  const scene = await story.openScene(instance);
  await instance.github.webhooks.settled();
  await instance.server.kill();
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await instance.github.webhooks.settled();
  expect(instance.github.webhooks.deliveries.at(-1)?.statusCode).toBe(502);
  await instance.restart();
  await story.said(instance, scene, /## Plan 1:/);
  expect(await received(scene)).toHaveLength(1);
});

test("nothing that was asked of GitHub is unknown to GitHub", () => {
  expect(instance.github.faults).toEqual([]);
});
