import { describe, expect, test } from "vitest";
import { type Explored, type Findings, mergedExploration } from "../../../src/core/understanding/exploration.ts";
import { understandingReport } from "../../../src/views/understanding.ts";
import type { EventOf } from "../../../src/core/events.ts";
import { routed } from "../../support/work-facts.ts";

const COMMANDS = { setup: "npm ci", tests: "npm test" };
const everywhere = (): boolean => true;

const findings = (about: Partial<Findings>): Explored => ({
  question: "Where?",
  result: { found: { answer: "Here.", files: [], conventions: [], unknown: [], ...about } },
});
const file = (path: string, symbols: string[] = [], why = path) => ({ path, symbols, why });

describe("what readers found becomes one artifact", () => {
  test("each reader's most important file comes before any reader's second", () => {
    const explored = [
      findings({ files: [file("a.ts"), file("b.ts")] }),
      findings({ files: [file("c.ts"), file("d.ts")] }),
    ];
    const { files } = mergedExploration(explored, everywhere, COMMANDS);
    expect(files.map(({ path }) => path)).toEqual(["a.ts", "c.ts", "b.ts", "d.ts"]);
  });

  test("a file that several found stands there once, with the symbols of all and the first reason", () => {
    const explored = [
      findings({ files: [file("./src/a.ts", ["one"], "first")] }),
      findings({ files: [file("src/a.ts", ["One", "two"], "second")] }),
    ];
    const { files } = mergedExploration(explored, everywhere, COMMANDS);
    expect(files).toEqual([file("src/a.ts", ["one", "two"], "first")]);
  });

  test("what does not exist at the base commit is left out", () => {
    const explored = [findings({ files: [file("real.ts"), file("../etc/passwd"), file("made-up.ts")] })];
    const { files } = mergedExploration(explored, (path) => path === "real.ts", COMMANDS);
    expect(files).toEqual([file("real.ts")]);
  });

  test("notes that differ in case and white space only are one", () => {
    const explored = [
      findings({ conventions: ["Two spaces.", "Tests beside the code."] }),
      findings({ conventions: ["two  spaces.", "No classes."], unknown: ["Why?"] }),
    ];
    const merged = mergedExploration(explored, everywhere, COMMANDS);
    expect(merged.conventions).toEqual(["Two spaces.", "Tests beside the code.", "No classes."]);
    expect(merged.unknown).toEqual(["Why?"]);
  });

  test("a reader that failed is named with its cause; the commands are the repository's", () => {
    const failed: Explored = { question: "Who?", result: { failed: "It gave up." } };
    expect(mergedExploration([failed, findings({})], everywhere, COMMANDS)).toEqual({
      answers: [{ question: "Where?", answer: "Here." }],
      files: [],
      conventions: [],
      unknown: [],
      ...COMMANDS,
      failed: [{ question: "Who?", cause: "It gave up." }],
    });
  });

  test("it is bounded whatever the readers submit", () => {
    const many = Array.from({ length: 20 }, (_, number) => file(`f${number}.ts`, Array(20).fill(`s${number}`)));
    const explored = Array.from({ length: 4 }, (_, reader) =>
      findings({
        files: many.map((one) => ({ ...one, path: `${reader}/${one.path}` })),
        conventions: Array.from({ length: 10 }, (_empty, number) => `${reader} ${number}`),
      }),
    );
    const merged = mergedExploration(explored, everywhere, COMMANDS);
    expect([merged.files.length, merged.conventions.length]).toEqual([40, 20]);
  });
});

describe("journeyman show RUN --understanding", () => {
  test("says how the issue was sorted, what was found and what was not", () => {
    const explored: readonly Explored[] = [
      findings({ files: [file("src/a.ts", ["round"], "It rounds.")], unknown: ["The callers."] }),
      { question: "Who?", result: { failed: "It gave up." } },
    ];
    const routing = routed({ unclear: ["Which way?"] }) as EventOf<"issue.routed">;
    const exploration = { type: "exploration.finished" as const, ...mergedExploration(explored, everywhere, COMMANDS) };
    const text = understandingReport({ routing, exploration });
    for (const part of ["bug, medium", "Which way?", "Here.", "src/a.ts (round)", "The callers.", "Who?: It gave up."])
      expect(text).toContain(part);
    expect(text).toContain("npm test");
  });

  test("says so when nothing was found out yet", () => {
    expect(understandingReport({ routing: null, exploration: null })).toBe("nothing was found out yet");
  });
});
