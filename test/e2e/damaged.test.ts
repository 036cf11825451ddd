import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { runCommand } from "../support/command-line.ts";
import { eventually, type Environment, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";

/* A journal with a fact that cannot be read, and one that a newer program wrote. */

const journeyman = (environment: Environment, ...words: readonly string[]) => runCommand(words, environment);

let instance: Instance;
let room: string;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "journeyman-damaged-"));
  instance = await startInstance({ script: story.cases({ damaged: {}, whole: {} }) });
});
afterAll(async () => {
  await instance.stop();
  await rm(room, { recursive: true, force: true });
});

/** Lines of the server's log that say so of this run. */
const told = (run: string): readonly string[] =>
  instance.server.log.filter((line) => line.includes('"journal.corrupt"') && line.includes(run));

test("a run whose journal is damaged is told of once and not woken again; the others go on", async () => {
  const broken = await story.openScene(instance, story.FILES, story.caseBody("damaged"));
  await story.untilPlan(instance, broken);
  const waiting = await eventually("a run that waits", async () => {
    const state = await story.stateOfIssue(instance, broken);
    return state !== null && state.effects[`status.${state.restedAt}`] ? state : null;
  });
  const { run } = waiting;
  const database = new DatabaseSync(join(instance.dataDir, "journal.sqlite"), { timeout: 5_000 });
  database.prepare("update events set body = replace(body, 'write', 'wrote') where run = ? and idx = 2").run(run);
  database.close();

  story.comment(instance, broken, "/status");
  await eventually("a line for the operator", () => told(run).length === 1);

  const whole = await story.openScene(instance, story.FILES, story.caseBody("whole"));
  story.comment(instance, whole, `/approve ${story.digestIn(await story.untilPlan(instance, whole))}`);
  expect((await story.untilOver(instance, whole)).outcome?.outcome).toBe("pull_request");

  // In that time a worker has swept for due runs several times.
  expect(told(run)).toHaveLength(1);
  expect((await instance.journal.due(Date.now(), 100)).map((due) => due.run)).not.toContain(run);
  const listed = await journeyman({ DATA_DIR: instance.dataDir }, "runs");
  expect(listed.out).toMatch(new RegExp(`^${run}.*damaged at fact 2$`, "m"));
  const shown = await journeyman({ DATA_DIR: instance.dataDir }, "show", run);
  expect(shown.err.trimEnd()).toBe(
    `journeyman: The journal of run ${run} cannot be read at fact 2: the checksum does not match. Restore it from a backup.`,
  );
  expect(shown.code).toBe(1);

  // Whoever writes there has it looked at again: it may have been mended.
  story.comment(instance, broken, "/status");
  await eventually("another line for the operator", () => told(run).length === 2);
});

test("data of a newer version is refused by every program, in a sentence, and left as it is", async () => {
  const file = join(room, "journal.sqlite");
  await (await openJournal({ file })).close();
  const database = new DatabaseSync(file);
  database.exec("update schema_version set version = 99");
  const environment = { ...instance.environment, DATA_DIR: room };
  for (const words of [["serve"], ["work"], ["web"], ["runs"], ["show", "00000000"], ["replay", "00000000"]]) {
    const ended = await journeyman(environment, ...words);
    expect(ended.err, words[0]).toMatch(
      /^journeyman: The data was written by a newer version \(schema 99; this program knows \d+\)\. Start the newer version, or restore a backup\.$/m,
    );
    expect(ended.code).toBe(1);
  }
  expect(database.prepare("select version from schema_version").all()).toEqual([{ version: 99 }]);
  database.close();
});
