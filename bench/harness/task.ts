import { call, calls, type Answer } from "../../test/support/scripted-model/answer.ts";
import type { Script } from "../../test/support/scripted-model/script.ts";

/* What the scripted model does with a small project: the same answers for our loop and for the floor. Input names are ours. */

const MODULES = 60;
const LINES = 40;
export const WIDE = 8;

const moduleText = (number: number): string =>
  [
    "export const version = 0;",
    ...Array.from({ length: LINES }, (_, line) => `export const value${line} = (x) => x * ${number} + ${line};`),
  ].join("\n") + "\n";

const pathOf = (number: number): string => `src/module-${number % MODULES}.js`;

/** The project's files by path. */
export const PROJECT: Readonly<Record<string, string>> = Object.fromEntries([
  ...Array.from({ length: MODULES }, (_, number) => [`src/module-${number}.js`, moduleText(number)]),
  ["test.sh", "echo '2 passing'\n"],
]);

export const ISSUE = "value7 of module-3 and module-4 is wrong. Bump their versions, keep everything else as it is.";

const read = (number: number) => ({ name: "read", input: { path: pathOf(number), limit: 20 + (number % 17) } });
const test: Answer = call("bash", { command: "sh test.sh" });
const submit: Answer = call("submit", { summary: "Bumped the versions.", left_failing: [] });

const edit = (number: number): Answer => {
  const version = Math.floor(number / MODULES);
  const [before, after] = [`version = ${version};`, `version = ${version + 1};`];
  return call("edit", { path: pathOf(number), old: before, new: after });
};

const one = (wanted: ReturnType<typeof read>): Answer => calls([wanted]);

export type Kind = "read" | "wide" | "other";

export interface Task {
  readonly script: Script;
  /** What the n-th answer is, so that gaps can be told apart. */
  readonly kinds: readonly Kind[];
}

/** Explore, edit two files, run the tests twice, finish. */
export function twelveTurns(): Task {
  const script = [
    call("bash", { command: "ls src | head -20" }),
    call("bash", { command: "grep -l value7 src/*.js | head -5" }),
    one(read(3)),
    one(read(4)),
    one(read(5)),
    edit(3),
    test,
    one(read(3 + 2 * MODULES)),
    edit(4),
    test,
    one(read(4 + 2 * MODULES)),
    submit,
  ];
  const kinds = script.map((_, at): Kind => ([2, 3, 4, 7, 10].includes(at) ? "read" : "other"));
  return { script, kinds };
}

const kindAt = (at: number, turns: number): Kind => {
  if (at === 0 || at === turns - 1 || at % 15 === 7 || at % 15 === 11) return "other";
  return at % 15 === 13 ? "wide" : "read";
};

function answerAt(at: number, turns: number): Answer {
  if (at === 0) return call("bash", { command: "ls src | head -20" });
  if (at === turns - 1) return submit;
  if (at % 15 === 7) return edit(at);
  if (at % 15 === 11) return test;
  if (at % 15 === 13) return calls(Array.from({ length: WIDE }, (_, more) => read(at + more * 7)));
  return one(read(at));
}

/** Mostly reading: of fifteen answers one edits, one runs the tests, one makes `WIDE` reads at once. */
export const longTask = (turns: number): Task => ({
  script: ({ n }) => answerAt(n, turns),
  kinds: Array.from({ length: turns }, (_, at) => kindAt(at, turns)),
});
