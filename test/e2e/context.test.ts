import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import { requestsOf } from "../../src/views/request-list.ts";
import { eventually, type Instance, startInstance } from "../support/instance.ts";
import { containersOf } from "../support/leftovers.ts";
import { call, slow, type Turn } from "../support/scripted-model/answer.ts";
import { stem, withoutMarks } from "../support/scripted-model/request.ts";
import { route } from "../support/scripted-model/script.ts";
import { DEFAULT_ROUTES, says } from "../support/story-roles.ts";
import * as story from "../support/story.ts";

const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;
const TURNS = 60;

/** A small window, so that a run of sixty turns outgrows it several times. */
const SETTINGS = `budget:
  run_usd: 50
limits:
  context_tokens: 60000
  turns: 100
understand:
  explorers: 0
review:
  enabled: false
`;
const FILES = { ...story.FILES, ".github/journeyman.yml": SETTINGS };

/** What the model writes itself stays until it is summed up: this makes a conversation grow. */
const WORDS = "the amounts are rounded here and there so look at each of them in turn ".repeat(157);

/** Counted, not read from the request: after a summary a request holds fewer answers than were given. */
function working(): () => Turn {
  let given = 0;
  return () => {
    given += 1;
    if (given === 2) return story.edit(story.BUGGY, story.FIXED);
    if (given === TURNS) return story.submitWork();
    return call("bash", { command: `: ${WORDS}\necho step ${given}` });
  };
}

const scriptOf = (executor: () => Turn, writer: Turn) =>
  route([
    { when: says("You plan"), script: story.PLANNING },
    { when: says("You carry out"), script: executor },
    { when: says("You summarise"), script: [writer] },
    ...DEFAULT_ROUTES,
  ]);

const RECAP = call("submit", {
  done: ["Mended round() in src/money.js."],
  files: [{ path: "src/money.js", note: "holds round()" }],
  decisions: ["Add an epsilon."],
  failed: [],
  left: ["Look at the other amounts.", "Submit."],
});

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: scriptOf(working(), RECAP) });
});
afterAll(async () => {
  // A server that was killed leaves a sandbox behind, which the next one clears away.
  await eventually("no container of this instance", async () => (await containersOf(instance)).length === 0, 90_000);
  await instance.stop();
});

const only = <T extends RunEvent["type"]>(facts: readonly RunEvent[], type: T): EventOf<T>[] =>
  facts.filter((fact): fact is EventOf<T> => fact.type === type);

async function play(): Promise<{ scene: story.Scene; approve: () => Promise<RunEvent[]> }> {
  const scene = await story.openScene(instance, FILES);
  const posted = await story.untilPlan(instance, scene);
  const approve = async (): Promise<RunEvent[]> => {
    const state = await story.untilOver(instance, scene, 200_000);
    expect(state.outcome).toMatchObject({ outcome: "pull_request" });
    return (await story.factsOfIssue(instance, scene)).map(({ event }) => event);
  };
  story.comment(instance, scene, `/approve ${story.digestIn(posted)}`);
  return { scene, approve };
}

test("a run of 60 turns crosses two compactions and a hand-off, finishes, and reads 90 % of its input from the cache", async () => {
  const facts = await (await play()).approve();
  const answers = only(facts, "model.responded").filter(({ conversation }) => conversation.startsWith("implement."));
  expect(answers).toHaveLength(TURNS);
  const begun = only(facts, "conversation.started").filter(({ role }) => role.startsWith("executor"));
  expect(begun.map(({ conversation, continues }) => [conversation, continues])).toEqual([
    ["implement.1", undefined],
    ["implement.2", { conversation: "implement.1", cause: "context" }],
  ]);
  expect(only(facts, "context.compacted").map(({ conversation, by }) => [conversation, by])).toEqual([
    ["implement.1", expect.stringMatching(/^summary\.\d+\.1$/)],
    ["implement.1", expect.stringMatching(/^summary\.\d+\.2$/)],
  ]);
  const handed = JSON.stringify(begun[1]?.message);
  for (const kept of ["Round half a cent up", "Look at the other amounts.", "src/money.js"])
    expect(handed).toContain(kept);

  const usages = instance.model.requests.flatMap(({ usage }) => usage ?? []);
  const read = usages.reduce((sum, { cacheRead }) => sum + cacheRead, 0);
  const all = usages.reduce((sum, { input, cacheRead, cacheWrite }) => sum + input + cacheRead + cacheWrite, 0);
  expect(read / all).toBeGreaterThanOrEqual(0.9);
});

test("every request extends the one before it on the wire, or a fact says why not", async () => {
  const rows = await instance.journal.runs({ limit: 1 });
  const stored = await Promise.all(rows.map(({ run }) => instance.journal.load(run)));
  const facts = stored.flat().map(({ event }) => event);
  const listed = requestsOf(facts);
  expect(listed).toHaveLength(instance.model.requests.length);
  expect(listed.filter(({ explained }) => !explained)).toEqual([]);
  const last = new Map<string, string>();
  const broken = listed.flatMap(({ conversation, turn, why }, at) => {
    const raw = withoutMarks(instance.model.requests[at]?.raw ?? "");
    const before = last.get(conversation);
    last.set(conversation, stem(raw));
    const extended = before === undefined || raw.startsWith(`${before},`);
    return extended ? [] : [{ conversation, turn, why }];
  });
  expect(broken.map(({ why }) => why)).toEqual([
    expect.stringMatching(/message 1, block 2 .*summed up before answer \d+ by summary\.\d+\.1$/),
    expect.stringMatching(/message 1, block 2 .*summed up before answer \d+ by summary\.\d+\.2$/),
  ]);
});

test("the command line lists every request, its share of the cache, and why its beginning changed", async () => {
  const [row] = await instance.journal.runs({ limit: 1 });
  const child = spawn(process.execPath, [MAIN, "show", row?.run ?? "", "--requests"], {
    env: { PATH: process.env["PATH"], DATA_DIR: instance.dataDir },
  });
  const lines = (await text(child.stdout)).trimEnd().split("\n");
  expect(lines).toHaveLength(instance.model.requests.length + 1);
  expect(lines.filter((line) => /summed up before answer \d+ by summary\.\d+\.\d$/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => line.endsWith("goes on with implement.1 (context)"))).toHaveLength(1);
  expect(lines.join("\n")).not.toContain("UNEXPLAINED");
  expect(lines.at(-1)).toMatch(/^\d+ requests, 9\d\.\d % of their input read from the cache$/);
});

test("kill -9 in the middle of a compaction pays for no more than the call that was cut off", async () => {
  const from = instance.model.requests.length;
  instance.model.follow(scriptOf(working(), slow(2_000, RECAP)));
  const { scene, approve } = await play();
  await story.untilFact(instance, scene, "model.requested", ({ conversation }) =>
    /^summary\.\d+\.1$/.test(conversation),
  );
  await instance.server.kill();
  await instance.restart();
  const facts = await approve();
  const asked = instance.model.requests
    .slice(from)
    .filter(({ request }) => request !== null && says("You summarise")(request));
  const tasks = asked.map(({ request }) => request?.task);
  expect(tasks.length - new Set(tasks).size, "only the call that was cut off is sent again").toBe(1);
  expect(only(facts, "context.compacted").map(({ by }) => by)).toEqual([
    expect.stringMatching(/\.1$/),
    expect.stringMatching(/\.2$/),
  ]);
  expect(only(facts, "model.failed").map(({ conversation, failure }) => [conversation, failure])).toEqual([
    [expect.stringMatching(/^summary\.\d+\.1$/), "interrupted"],
  ]);
});
