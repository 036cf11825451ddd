import type { Plan } from "../../../src/core/plan.ts";
import type { Files } from "../github/repositories.ts";
import { call, calls, type Turn } from "../scripted-model/answer.ts";
import type { ScriptRequest } from "../scripted-model/request.ts";
import { route, type Script } from "../scripted-model/script.ts";
import { found, reviewed, says, sorted } from "../story-roles.ts";

/*
 * One run, always the same: 12 model turns, 18 tool calls, 9 effects outside (test/faults/scene.test.ts proves the counts from the journal).
 * Its parts are data, so that every moment at which it can be cut is known before it runs:
 *   `FILES`     the repository: small, its tests are a shell script, nothing is installed
 *   `TURNS`     what each role answers, in the order of the run
 *   `STORY`     turns, tool calls and effects in the order in which they begin
 *   `sceneScript()`  the model. A turn whose calls were cut off by a crash is said again, as a model would: a script that went on instead
 *               would end with another tree.
 */

const BUGGY = "export const round = (amount) => Math.round(amount * 100) / 100;\n";
const FIXED = "export const round = (amount) => Math.round((amount + Number.EPSILON) * 100) / 100;\n";

/** Passes before and after the change: what is at stake here is not the fix. */
const CHECK = 'grep -q "export const round" src/money.js && test ! -e broken\n';

const SETTINGS = `tests:
  command: sh test/check.sh
`;

export const FILES: Files = {
  ".github/journeyman.yml": SETTINGS,
  "src/money.js": BUGGY,
  "test/check.sh": CHECK,
  "bin/shop": "#!/bin/sh\necho shop\n",
  "OLD.md": "Nobody reads this any more.\n",
};

const PLAN: Plan = {
  title: "Round half a cent up",
  summary: "1.005 becomes 1, because the product is a little below 100.5. Add an epsilon before rounding, and say so.",
  steps: ["Add Number.EPSILON in round()", "Write docs/rounding.md", "Tidy up"],
  paths: ["src/money.js", "docs/rounding.md", "bin/shop", "OLD.md"],
  commands: [],
  tests: ["test/check.sh"],
  risks: [],
};

const TODO = {
  items: [
    { id: "1", text: "Add the epsilon", status: "done" },
    { id: "2", text: "Write it down", status: "in_progress" },
  ],
};

const look = (...wanted: readonly (readonly [string, unknown])[]): Turn =>
  calls(wanted.map(([name, input]) => ({ name, input })));

/** What a program in the sandbox sees of the outside: all of it goes into the journal and to the model, where no secret may be found. */
const NOSY = "env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; cat /proc/mounts; sh test/check.sh";

/** A role by the first words of its system text, as failpoints call it, with what it says. */
interface Part {
  readonly role: string;
  readonly starts: string;
  readonly turns: readonly Turn[];
}

export const PARTS: readonly Part[] = [
  {
    role: "router",
    starts: "You sort",
    turns: [sorted({ explore: ["Where are amounts rounded?"] })],
  },
  {
    role: "explorer",
    starts: "You explore",
    turns: [
      look(["read", { path: "src/money.js" }], ["grep", { pattern: "round" }], ["glob", { pattern: "**/*.sh" }]),
      found(),
    ],
  },
  {
    role: "planner",
    starts: "You plan",
    turns: [
      look(["read", { path: "src/money.js" }], ["glob", { pattern: "**/*" }], ["grep", { pattern: "EPSILON" }]),
      call("submit", { ...PLAN }),
    ],
  },
  {
    role: "executor",
    starts: "You carry out",
    turns: [
      look(["read", { path: "src/money.js" }], ["read", { path: "test/check.sh" }], ["grep", { pattern: "amount" }]),
      look(["edit", { path: "src/money.js", old: BUGGY.trim(), new: FIXED.trim() }], ["bash", { command: NOSY }]),
      look(
        ["todo", TODO],
        ["write", { path: "docs/rounding.md", content: "# Rounding\n\nHalf a cent is dropped.\n" }],
        ["bash", { command: "chmod +x bin/shop && rm OLD.md && sh test/check.sh" }],
      ),
      look(
        ["edit", { path: "docs/rounding.md", old: "is dropped", new: "is rounded up" }],
        ["bash", { command: "git status --short 2>/dev/null; ls -la bin docs" }],
      ),
      call("submit", { summary: "Rounds half a cent up, and says so.", left_failing: [] }),
    ],
  },
  {
    role: "reviewer",
    starts: "You review",
    turns: [look(["read", { path: "docs/rounding.md" }], ["grep", { pattern: "EPSILON" }]), reviewed()],
  },
];

/** The model's turns in the order of the run: whose, and the how manieth of that role. */
export const TURNS: readonly { readonly role: string; readonly nth: number }[] = PARTS.flatMap(({ role, turns }) =>
  turns.map((_, place) => ({ role, nth: place + 1 })),
);

const namesIn = (turn: Turn): readonly string[] =>
  turn.blocks.flatMap((block) => (block.type === "tool_use" && block.name !== "submit" ? [block.name] : []));

/** Tool calls in the order of the run; what a model submits is no call of a tool. */
export const CALLS: readonly string[] = PARTS.flatMap(({ turns }) => turns.flatMap(namesIn));

/** Effects in the order of the run, by what comes before the number in their key. */
export const EFFECTS = [
  "eyes",
  "status",
  "plan",
  "status",
  "eyes",
  "commit",
  "branch",
  "pull_request",
  "status",
] as const;

const HARMLESS: ReadonlySet<string> = new Set(["read", "grep", "glob", "todo", "submit"]);

const writes = (turn: Turn): boolean =>
  turn.blocks.some((block) => block.type === "tool_use" && !HARMLESS.has(block.name));

/** After which answer the workspace stands as it does, where the message says that later ones are undone; 0 for its start. */
function rewoundTo(message: ScriptRequest["messages"][number] | undefined): number | null {
  const text = JSON.stringify(message?.content ?? []);
  const [said, number = "0"] =
    /The workspace is now as (?:it was at the start|after your answer number (\d+))/.exec(text) ?? [];
  return said === undefined ? null : Number(number);
}

/**
 * The turn that is due: the one after the last, or, where the work of an answer is undone, that one again. What was only read stays known.
 */
function dueIn(turns: readonly Turn[], { messages }: ScriptRequest): number {
  const after = [0];
  let due = 0;
  for (const [place, { role }] of messages.entries()) {
    if (role !== "assistant") continue;
    due += 1;
    const kept = rewoundTo(messages[place + 1]);
    if (kept !== null) {
      const undone = turns.findIndex((turn, step) => step >= (after[kept] ?? 0) && writes(turn));
      due = undone === -1 ? due : Math.min(due, undone);
    }
    after.push(due);
  }
  return Math.min(due, turns.length - 1);
}

const inOrder =
  (turns: readonly Turn[]): Script =>
  (request) =>
    turns[dueIn(turns, request)]!;

export const sceneScript = (): Script =>
  route(PARTS.map(({ starts, turns }) => ({ when: says(starts), script: inOrder(turns) })));

export const ISSUE = { title: "1.005 is rounded down", body: "`round(1.005)` gives 1, not 1.01." } as const;

/** The tree that a run without faults ends with. */
export const TREE = "d4dec35725795b8862907047be610c1b22250b4b";

/** What begins in which order: `turn`, `tool` and `effect`, each numbered by its place among its kind. */
export const STORY: readonly ("turn" | "tool" | "effect")[] = (() => {
  const said = PARTS.map(({ turns }) =>
    turns.flatMap((turn) => ["turn" as const, ...namesIn(turn).map(() => "tool" as const)]),
  );
  const [router = [], explorer = [], planner = [], ...others] = said;
  const [early, late] = [2, 5];
  const effects = EFFECTS.map(() => "effect" as const);
  return [
    ...effects.slice(0, early),
    ...router,
    ...explorer,
    ...planner,
    ...effects.slice(early, late),
    ...others.flat(),
    ...effects.slice(late),
  ];
})();
