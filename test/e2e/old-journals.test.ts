import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunEvent, StoredEvent } from "../../src/core/events.ts";
import { RunEvent as RunEventSchema } from "../../src/core/events.ts";
import type { Subject } from "../../src/core/subject.ts";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { replayed } from "../../src/views/replay.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { CUTS, factsOf, RELEASES } from "../support/old-journals.ts";
import * as story from "../support/story.ts";
import { WHOLE_STORY } from "../support/whole-story.ts";

/*
 * Runs that earlier releases began, and that stopped in the middle of a command: this release rebuilds their workspace, closes the command
 * that was cut off, and brings them to a pull request.
 */

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: WHOLE_STORY });
  const artifacts = openArtifacts(join(instance.dataDir, "artifacts"));
  for (const text of [story.HALF_FIXED, story.FIXED]) await artifacts.put(new TextEncoder().encode(text));
});
afterAll(() => instance.stop());

const stopped = CUTS.find(([name]) => name === "implement")?.[1] ?? expect.fail("no such cut");

/** What differs from place to place: where the repository is, who its people are, which comments are meant. */
interface Place {
  readonly subject: Subject;
  readonly baseSha: string;
  readonly maintainer: number;
  readonly approval: number;
  readonly status: number;
}

function movedValue(key: string, value: unknown, place: Place): unknown {
  if (key === "subject") return place.subject;
  if (key === "baseSha") return place.baseSha;
  const isPerson = typeof value === "object" && value !== null && "login" in value && value.login === "maintainer";
  return isPerson ? { ...value, id: place.maintainer } : value;
}

function moved({ event }: StoredEvent, place: Place): RunEvent {
  const there = RunEventSchema.parse(
    JSON.parse(JSON.stringify(event), (key: string, value: unknown) => movedValue(key, value, place)),
  );
  if (there.type === "command.received" && there.command.name === "approve" && there.comment !== null)
    return { ...there, comment: { ...there.comment, id: place.approval } };
  if (there.type === "effect.done" && there.key === "status") return { ...there, remoteId: String(place.status) };
  return there;
}

async function placeOf(scene: story.Scene): Promise<Place> {
  const { github } = instance;
  const { repository, issue } = scene;
  return {
    subject: {
      host: github.host,
      installationId: github.app.installationId,
      repositoryId: repository.id,
      owner: repository.owner,
      name: repository.name,
      issue: issue.number,
    },
    baseSha: await repository.headSha(),
    maintainer: github.user("maintainer").id,
    approval: story.comment(instance, scene, "What was written then."),
    status: github.comment(issue, github.app.login, "The status of then."),
  };
}

test.each(RELEASES)(
  "a run of the release %s goes on to its pull request",
  async (release) => {
    const scene = await story.openScene(instance);
    const place = await placeOf(scene);
    const all = factsOf(release);
    const facts = all.slice(0, stopped(all) + 1);
    const { run } = facts[0] ?? expect.fail("no facts");
    const events = facts.map((fact) => moved(fact, place));
    const keys = { id: `old-${release}`, body: `old-body-${release}` };
    const admit = () => ({ run, events });
    expect(await instance.journal.receive(keys, place.subject, { at: new Date().toISOString(), admit })).toEqual({
      kind: "accepted",
      run,
      index: 0,
    });

    const state = await story.untilOver(instance, scene, 180_000);
    expect(state.outcome).toMatchObject({ outcome: "pull_request" });
    const later = (await story.factsOfIssue(instance, scene)).slice(facts.length);
    const cut = later.find(({ event }) => event.type === "tool.returned");
    expect(cut?.event).toMatchObject({ isError: true, conversation: "implement.1" });
    // What was paid for is not asked for again.
    const asked = later.flatMap(({ event }) =>
      event.type === "model.requested" ? [`${event.conversation} ${event.turn}`] : [],
    );
    expect(asked).not.toContain("implement.1 1");
    expect(asked).not.toContain("plan.2 1");

    const [pull] = instance.github.pullRequests(scene.repository);
    const tree = await instance.github.tree(scene.repository, pull?.head ?? "");
    expect(tree["src/money.js"]?.content).toBe(story.FIXED);

    // What it showed before names no text; what it shows now is rendered again, byte for byte.
    const texts = replayed(run, await instance.journal.load(run), { runUrl: null });
    const verdicts = texts.map(({ index, verdict }) => (index < facts.length ? `old ${verdict}` : `new ${verdict}`));
    expect([...new Set(verdicts)]).toEqual(["old not recorded", "new equal"]);
  },
  240_000,
);
