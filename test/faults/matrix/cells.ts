/*
 * The matrix: what a run does when something breaks in one of its stages. A row is a stage, a column a fault, a cell the outcome:
 *
 *   R     goes on, no request to the model and no effect is repeated
 *   R1    goes on, at most the turn in flight is sent again
 *   R1/T  the same, and a tool call that was cut off is answered as cut off
 *   E     the effect is settled, never doubled
 *   S     the sandbox is rebuilt from base commit and last checkpoint, then R
 *   W     waits and comes back by itself; it holds no worker and no sandbox meanwhile
 *   P     parked with the cause, sandbox freed; goes on when what is wrong is mended
 *   Q     the queue is rebuilt from the journal within a minute
 *   H     GitHub saw an error; the delivery is fetched later
 *   -     cannot occur
 */

export const COLUMNS = ["K9", "RR", "RL", "DD", "OM", "DF", "NC", "G5", "GT", "GS", "M4", "MC", "MR", "ML"] as const;
export type Column = (typeof COLUMNS)[number];

export const FAULTS: Readonly<Record<Column, string>> = {
  K9: "kill -9 of the worker",
  RR: "Redis restarts",
  RL: "Redis is emptied",
  DD: "the Docker engine restarts",
  OM: "the sandbox is killed for want of memory",
  DF: "the disk is full",
  NC: "the network is cut",
  G5: "GitHub answers 5xx",
  GT: "GitHub's answer is lost after success",
  GS: "GitHub's secondary limit",
  M4: "the model is overloaded",
  MC: "the model's stream is cut",
  MR: "the model refuses",
  ML: "the context is too long",
};

export const OUTCOMES = ["R", "R1", "R1/T", "E", "S", "W", "P", "Q", "H"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const ROWS = [
  ["webhook in", "H Q Q - - H H - - - - - - -"],
  ["enqueue", "Q Q Q - - P - - - - - - - -"],
  ["snapshot of issue and base", "R R Q - - P W W W W - - - -"],
  ["sandbox and files in", "S R Q S S P W W W W - - - -"],
  ["plan turns", "R1 R Q S S P R1 R R R W R1 P P"],
  ["post the plan", "E E E - - P E E E W - - - -"],
  ["wait for approval", "R R Q R - R R - - - - - - -"],
  ["accept the approval", "R R Q - - P W W W W - - - -"],
  ["install dependencies", "S R Q S S P W - - - - - - -"],
  ["implement turns and tools", "R1/T R Q S S P R1 R R R W R1 P P"],
  ["tests and fixes", "R1/T R Q S S P R1 R R R W R1 P P"],
  ["extract and check bytes", "S R Q S S P - - - - - - - -"],
  ["blobs, tree, commit, ref", "E E E - - P E E E W - - - -"],
  ["open the pull request", "E E E - - P E E E W - - - -"],
  ["last comment, clean-up", "E E E R - P E E E W - - - -"],
] as const;

export type StageNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15;

export interface Cell {
  /** As tests are named: `F10.MC`. */
  readonly name: string;
  readonly stage: StageNumber;
  readonly stageName: string;
  readonly column: Column;
  readonly outcome: Outcome;
}

const isOutcome = (code: string): code is Outcome => (OUTCOMES as readonly string[]).includes(code);

/** Every cell that is not empty, row by row. */
export const CELLS: readonly Cell[] = ROWS.flatMap(([stageName, row], place) =>
  row.split(" ").flatMap((code, at): Cell[] => {
    const column = COLUMNS[at];
    if (column === undefined || !isOutcome(code)) return [];
    const stage = (place + 1) as StageNumber;
    return [{ name: `F${stage}.${column}`, stage, stageName, column, outcome: code }];
  }),
);

/** One cell of each column, the quick ones: what runs with every change. */
export const SAMPLE: readonly string[] = [
  "F13.K9",
  "F6.RR",
  "F10.RL",
  "F10.DD",
  "F12.OM",
  "F12.DF",
  "F14.NC",
  "F3.G5",
  "F14.GT",
  "F13.GS",
  "F5.M4",
  "F10.MC",
  "F5.MR",
  "F10.ML",
];

/** The cells of these columns; in the sample only one of each. */
export const cellsOf = (columns: readonly Column[], sample: boolean): readonly Cell[] =>
  CELLS.filter(({ column, name }) => columns.includes(column) && (!sample || SAMPLE.includes(name)));
