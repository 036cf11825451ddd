import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoredEvent } from "../../src/core/events.ts";
import type { Digest } from "../../src/core/ids.ts";
import type { RunState } from "../../src/core/state.ts";
import { rowOf } from "../../src/journal/facts.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";
import { toApproval, WHOLE_STORY } from "../support/whole-story.ts";

/* A whole run, looked at afterwards through the commands that a person types. */

const MAIN = new URL("../../src/app/main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

async function journeyman(dataDir: string, ...words: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env["PATH"], DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN, ...words], { env });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [err, code] = await Promise.all([text(child.stderr), promise]);
  return { code, out: Buffer.concat(chunks), err };
}

let instance: Instance;
let scene: story.Scene;
let state: RunState;
let facts: readonly StoredEvent[];
let room: string;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-replay-"));
  instance = await startInstance({ script: WHOLE_STORY });
  scene = await story.openScene(instance);
  await toApproval(instance, scene);
  state = await story.untilOver(instance, scene);
  facts = await story.factsOfIssue(instance, scene);
}, 240_000);
afterAll(async () => {
  await instance.stop();
  await rm(room, { recursive: true, force: true });
});

const placeOf = (fits: (fact: StoredEvent) => boolean): number => facts.findIndex(fits);

describe("replay", () => {
  test("renders every comment and the pull request byte for byte as GitHub has them", async () => {
    expect(state.outcome?.outcome).toBe("pull_request");
    const out = join(room, "texts");
    const ended = await journeyman(instance.dataDir, "replay", state.run, "--out", out);
    const lines = ended.out.toString().trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^\d+ texts, 0 not as shown, 0 not recorded$/);
    expect(ended.code).toBe(0);

    const files = (await readdir(out)).toSorted();
    expect(lines).toHaveLength(files.length + 1);
    const keys = files.map((name) => /^\d+-(.+)\.md$/.exec(name)?.[1] ?? "");
    for (const kind of [
      /^status$/,
      /^question\.1$/,
      /^plan\.1$/,
      /^plan\.2$/,
      /^help\./,
      /^refusal\./,
      /^pull_request$/,
    ])
      expect(keys.filter((key) => kind.test(key))).toHaveLength(1);

    // What stands on GitHub last is what the last text of that comment says.
    const shown = new Map<string, string>();
    for (const name of files) {
      const key = /^\d+-(.+)\.md$/.exec(name)?.[1] ?? "";
      shown.set(state.effects[key]?.remoteId ?? "", await readFile(join(out, name), "utf8"));
    }
    const [pull] = instance.github.pullRequests(scene.repository);
    expect(shown.get(String(pull?.number))).toBe(`${pull?.title}\n\n${pull?.body}`);
    const ours = instance.github.comments(scene.issue).filter(({ author }) => author === instance.github.app.login);
    expect(ours.length).toBeGreaterThan(5);
    for (const comment of ours)
      expect(shown.get(String(comment.id)), comment.body).toBe(comment.body.slice(comment.body.indexOf("\n") + 1));
  });

  test("a text that is not as it was shown is told, with what differs, and the exit code is 1", async () => {
    const copy = join(room, "altered");
    await cp(instance.dataDir, copy, {
      recursive: true,
      filter: (path) => !/redis|trees|mirrors|sandboxes/.test(path),
    });
    const intents = facts.flatMap((fact) =>
      fact.event.type === "effect.intended" ? [{ ...fact, event: fact.event }] : [],
    );
    const digestOfPlan = (n: number): Digest | undefined =>
      intents.find(({ event }) => event.key === `plan.${n}`)?.event.digest;
    const second = intents.find(({ event }) => event.key === "plan.2") ?? expect.fail("no second plan");
    const other = digestOfPlan(1) ?? expect.fail("no text of the first plan");
    const row = rowOf({ ...second, event: { ...second.event, digest: other } });
    const database = new DatabaseSync(join(copy, "journal.sqlite"));
    database
      .prepare("update events set body = ?, sum = ? where run = ? and idx = ?")
      .run(row.body, row.sum, row.run, row.idx);
    database.close();

    const ended = await journeyman(copy, "replay", state.run.slice(-8), "--diff");
    const out = ended.out.toString();
    expect(ended.code).toBe(1);
    expect(out).toMatch(new RegExp(`^ *${second.index}  differs +comment +plan\\.2$`, "m"));
    expect(out).toContain("-## Plan 1:");
    expect(out).toContain("+## Plan 2:");
    expect(out).toMatch(/ 1 not as shown, 0 not recorded$/m);
  });
});

describe("show --at", () => {
  test("shows the state as it was then, and the facts up to it", async () => {
    const at = placeOf(({ event }) => event.type === "plan.approved");
    const ended = await journeyman(instance.dataDir, "show", state.run, "--at", String(at));
    const out = ended.out.toString();
    expect(out).toContain(`after fact ${at}\nnext       stage prepare, round 0\n`);
    expect(out).toMatch(/plan +revision 2, [0-9a-f]{12}, approved by maintainer: Round half a cent up/);
    expect(out).toMatch(/effects +eyes\.1: done/);
    expect(out).toMatch(/question\.1: done https?:\S+, text [0-9a-f]{64}/);
    expect(out).toMatch(new RegExp(`^ *${at}  .*plan\\.approved`, "m"));
    expect(out).not.toContain("stage.started         prepare");
    expect(out).not.toContain("pull_request.opened");
    expect(ended.code).toBe(0);
  });

  test("a call that is open and a request that is not answered are named", async () => {
    const call = placeOf(({ event }) => event.type === "tool.called" && event.name === "bash");
    const request = placeOf(({ event }) => event.type === "model.requested" && event.conversation === "implement.1");
    const during = (at: number) => journeyman(instance.dataDir, "show", state.run, "--at", String(at));
    expect((await during(call)).out.toString()).toMatch(/implement\.1 +executor .*open calls: bash /);
    expect((await during(request)).out.toString()).toMatch(/requests +implement\.1 turn 1 is not answered, up to \$/);
  });

  test("a file of the checkpoint of then comes as its bytes, and by its digest", async () => {
    const saved = facts.flatMap(({ event, index }) => (event.type === "checkpoint.saved" ? [{ event, index }] : []));
    const [first, last] = [saved[0] ?? expect.fail("no checkpoint"), saved.at(-1) ?? expect.fail("no checkpoint")];
    const file = (at: number, what: string) =>
      journeyman(instance.dataDir, "show", state.run, "--at", String(at), "--artifact", what);
    expect((await file(first.index, "src/money.js")).out.toString()).toBe(story.HALF_FIXED);
    expect((await file(last.index, "src/money.js")).out.toString()).toBe(story.FIXED);
    const [change] = first.event.changes;
    const digest = change !== undefined && change.status !== "deleted" ? change.artifact : expect.fail("no file");
    expect((await file(last.index, digest)).out.toString()).toBe(story.HALF_FIXED);
    const missing = await file(first.index - 1, "src/other.js");
    expect(missing.code).toBe(1);
    expect(missing.err).toContain("--artifact takes 64 hexadecimal digits, or a file of the checkpoint");
  });

  test("--json gives the facts up to it; a fact that is not there is one sentence with the range", async () => {
    const json = await journeyman(instance.dataDir, "show", state.run, "--at", "3", "--json");
    expect(
      json.out
        .toString()
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(JSON.parse(JSON.stringify(facts.slice(0, 4))));
    for (const [given, sentence] of [
      [
        String(facts.length),
        `Run ${state.run} has the facts 0 to ${facts.length - 1}; there is no fact ${facts.length}.`,
      ],
      ["-1", "--at takes the number of a fact; `-1` is not one."],
      ["two", "--at takes the number of a fact; `two` is not one."],
    ] as const) {
      const ended = await journeyman(instance.dataDir, "show", state.run, `--at=${given}`);
      expect(ended.err.trimEnd()).toBe(`journeyman: ${sentence}`);
      expect(ended.code).toBe(1);
    }
  });
});
