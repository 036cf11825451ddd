import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoredEvent } from "../../src/core/events.ts";
import { assertSound, CHECKS, judged } from "../support/faults/oracle.ts";
import { type Outcome, type Sink, SINKS } from "../support/faults/outcome.ts";
import { type Rig, startRig } from "../support/faults/rig.ts";

/*
 * The oracle is worth what it can find: a sound outcome is tampered with in every way that a check is there for, and that check, and no other,
 * must find it.
 */

let rig: Rig;
let sound: Outcome;
beforeAll(async () => {
  rig = await startRig("sqlite");
  await using run = await rig.open();
  await run.start();
  run.begin();
  await run.untilOver();
  sound = await assertSound(run, { kills: 0 });
}, 240_000);
afterAll(() => rig.close());

type Tamper = (outcome: Outcome) => Partial<Outcome>;

const factsBut = (
  outcome: Outcome,
  change: (fact: StoredEvent, place: number) => StoredEvent | null,
): Partial<Outcome> => ({
  facts: outcome.facts.flatMap((fact, place) => change(fact, place) ?? []),
});

const intoSink =
  (sink: Sink, cut: (secret: string) => string = (secret) => secret): Tamper =>
  ({ sinks, canaries }) => ({
    sinks: { ...sinks, [sink]: `${sinks[sink]} ${cut(Object.values(canaries)[3] ?? "")} and more` },
  });

const TAMPERED: readonly (readonly [keyof typeof CHECKS, string, Tamper])[] = [
  ["I1", "a comment posted twice", ({ comments }) => ({ comments: [...comments, comments[0] ?? ""] })],
  ["I1", "a comment without a marker", ({ comments }) => ({ comments: [...comments, "## Plan 1: again"] })],
  ["I2", "a second branch", ({ branches }) => ({ branches: [...branches, "journeyman/issue-1-again"] })],
  ["I2", "a second pull request", ({ pulls }) => ({ pulls: [...pulls, ...pulls] })],
  [
    "I2",
    "a pull request opened twice and closed once",
    ({ made }) => ({ made: { ...made, "/repos/{owner}/{repo}/pulls": 2 } }),
  ],
  ["I2", "no pull request", () => ({ pulls: [] })],
  ["I3", "one more request to the model", ({ modelRequests }) => ({ modelRequests: modelRequests + 1 })],
  ["I4", "a fact that was written twice", (outcome) => ({ facts: [...outcome.facts, ...outcome.facts.slice(-1)] })],
  [
    "I4",
    "a fact of an epoch that was taken over",
    (outcome) => factsBut(outcome, (fact, place) => (place === 90 ? { ...fact, epoch: 0 } : fact)),
  ],
  [
    "I4",
    "two writers in one epoch",
    (outcome) =>
      factsBut(outcome, (fact) =>
        fact.event.type === "stage.started" && fact.event.stage === "review"
          ? { ...fact, event: { ...fact.event, worker: "another/1" } }
          : fact,
      ),
  ],
  [
    "I5",
    "a run that ended otherwise",
    (outcome) =>
      factsBut(outcome, (fact) =>
        fact.event.type === "run.finished" ? { ...fact, event: { ...fact.event, outcome: "failed" } } : fact,
      ),
  ],
  ["I5", "a run that stands still", (outcome) => ({ facts: outcome.facts.slice(0, 100) })],
  [
    "I6",
    "a container that is left",
    ({ leftovers }) => ({ leftovers: { ...leftovers, containers: ["/journeyman-x"] } }),
  ],
  ["I6", "a volume that is left", ({ leftovers }) => ({ leftovers: { ...leftovers, volumes: ["journeyman-x"] } })],
  ["I6", "a network that is left", ({ leftovers }) => ({ leftovers: { ...leftovers, networks: ["journeyman-x"] } })],
  ["I6", "a directory that is left", ({ leftovers }) => ({ leftovers: { ...leftovers, scratch: ["journeyman-x"] } })],
  ...SINKS.map((sink) => ["I7", `a secret in ${sink}`, intoSink(sink)] as const),
  ["I7", "a part of a secret in the logs", intoSink("logs", (secret) => secret.slice(3, 20))],
  ["I8", "a ledger that has less", ({ ledger }) => ({ ledger: ledger - 1 })],
  ["I8", "a vendor that charges more", ({ modelCost }) => ({ modelCost: modelCost * 10 })],
  [
    "I8",
    "a footer that says less",
    ({ pulls }) => ({
      pulls: pulls.map((pull) => ({ ...pull, body: pull.body.replace(/\*\*\$[\d.]+\*\*/, "**$0.01**") })),
    }),
  ],
  ["I9", "another tree", () => ({ tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904" })],
];

const found = (outcome: Outcome, expected = { kills: 0 }): readonly string[] => [
  ...new Set(judged(outcome, expected).map((sentence) => sentence.slice(0, 2))),
];

describe("the oracle", () => {
  test("finds nothing in a run without faults", () => {
    expect(judged(sound, { kills: 0 })).toEqual([]);
  });

  test.each(TAMPERED)("%s finds %s", (check, _, tamper) => {
    expect(found({ ...sound, ...tamper(sound) })).toContain(check);
  });

  test("every check has a tampered outcome, and every outcome that is tampered with in one place breaks no check but its own", () => {
    expect(new Set(TAMPERED.map(([check]) => check))).toEqual(new Set(Object.keys(CHECKS)));
    const alone = TAMPERED.filter(([check]) => check !== "I4" && check !== "I5");
    expect(alone.map(([, , tamper]) => found({ ...sound, ...tamper(sound) }))).toEqual(alone.map(([check]) => [check]));
  });

  test("finds a run that has not moved for five minutes, and lets one be that moves", () => {
    const under = { ...sound, facts: sound.facts.slice(0, 100), pulls: [], branches: [] };
    const last = Date.parse(under.facts.at(-1)?.at ?? "");
    const seen = (afterMs: number): Outcome => ({ ...under, seenAt: new Date(last + afterMs).toISOString() });
    expect(CHECKS.I5(seen(60_000), { kills: 0, end: "moving" })).toEqual([]);
    expect(CHECKS.I5(seen(301_000), { kills: 0, end: "moving" })).toEqual(["it has not moved for 301 s"]);
  });

  test("finds a parked run of which no comment says why", () => {
    const [first] = sound.facts;
    const event = { type: "run.parked", code: "model_unauthorized", details: {}, resumeAt: null } as const;
    const facts = [...sound.facts.slice(0, 100), { ...first!, index: 100, event }];
    const parked = { ...sound, facts, pulls: [], branches: [] };
    expect(CHECKS.I5(parked, { kills: 0, end: "parked" })).toEqual(["it is parked, and no comment says why"]);
  });

  test("a kill more allows a request more", () => {
    const more = { ...sound, modelRequests: sound.modelRequests + 1 };
    expect(found(more, { kills: 1 })).toEqual([]);
  });
});
