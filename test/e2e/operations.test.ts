import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { blocksOf, openWorkshop, type Workshop } from "../support/operations-page.ts";
import * as story from "../support/story.ts";

/*
 * docs/operations.md does what it says, on one host with SQLite: the commands are taken from the page and run as they stand there.
 */

let host: Workshop;
let instance: Instance;
beforeAll(async () => {
  host = await openWorkshop();
  instance = await startInstance({
    script: story.cases({ upgraded: {}, kept: {}, lost: {} }),
    dataDir: join(host.home, "data"),
    environment: { DELIVERY_POLL_SECONDS: "1" },
  });
});
afterAll(async () => {
  await instance.stop();
  await rm(host.home, { recursive: true, force: true });
});

describe("an upgrade", () => {
  test("begins with a backup and ends with a look, and runs go on", { timeout: 240_000 }, async () => {
    const scene = await story.openScene(instance, story.FILES, story.caseBody("upgraded"));
    const plan = await story.untilPlan(instance, scene);
    const [before = "", after = ""] = await blocksOf("Upgrades");
    expect(await host.run(before, { DATA_DIR: "data" })).toMatch(/before-upgrade: the journal and \d+ artifact/);
    await instance.server.stop();
    const seen = await host.run(after, { ...instance.environment, DATA_DIR: "data" });
    expect(seen).not.toContain("FAIL");
    expect(seen).toMatch(/^ok +journal +\/.*\/data, 1 live run\(s\)$/m);
    expect(seen).toMatch(/plan awaits approval$/m);
    await instance.restart();
    story.comment(instance, scene, `/approve ${story.digestIn(plan)}`);
    expect((await story.untilOver(instance, scene)).outcome?.outcome).toBe("pull_request");
  });
});

describe("a backup that is older than what GitHub shows", () => {
  test("is restored, and its run finds its own branch and pull request", { timeout: 240_000 }, async () => {
    const scene = await story.openScene(instance, story.FILES, story.caseBody("kept"));
    const [backup = ""] = await blocksOf("Backup");
    const [restore = ""] = await blocksOf("Restore");
    await story.untilPlan(instance, scene);
    expect(await host.run(backup, { DATA_DIR: "data" })).toMatch(/backup-monday: the journal and \d+ artifact/);
    story.comment(instance, scene, "/approve");
    const first = await story.untilOver(instance, scene);
    expect(first.outcome?.outcome).toBe("pull_request");

    await instance.server.stop();
    expect(await host.run(restore, { DATA_DIR: "data" })).toContain("awaits approval");
    await instance.restart();
    const journal = await openJournal({ file: join(host.home, "data", "journal.sqlite") });
    const again = await story.untilOver({ ...instance, journal }, scene).finally(() => journal.close());
    expect(again.outcome?.outcome).toBe("pull_request");
    expect(again.pullRequest?.number).toBe(first.pullRequest?.number);
    expect(story.ours(instance, scene).length).toBe(new Set(story.ours(instance, scene)).size);
  });
});
