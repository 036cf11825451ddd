/*
 * The text of `docs/faults.md`, from what came of each case. Says nothing of the day or the commit, so that two runs that went alike
 * differ in seconds only.
 */

export interface FaultCase {
  readonly suite: string;
  readonly store: string;
  readonly name: string;
  /** What came of it, as the matrix calls it; empty where nothing was noted. */
  readonly code: string;
  readonly state: string;
  readonly seconds: number;
}

const INTRODUCTION = `# Fault suites

Written by \`npm run test:faults\`, which runs all of it; do not edit. \`script/test\` runs a sample: kill points of every kind over both
stores, some double faults and freezes, one cell of each column of the matrix.

Real servers are started from the bundle with \`JOURNEYMAN_FAILPOINT\` ([architecture.md](architecture.md), "Failpoints"), die or stand still
there by a real signal, and are started again, over a simulator of GitHub, a scripted model, a real Redis, a real Docker engine and both
stores. One scripted run of 12 model turns, 18 tool calls and 9 effects is cut at 4 moments of each.

- **Kill points**: SIGKILL at each of the 156 moments (\`K<turn|tool|effect><number>.<moment>\`), over each store.
- **Double faults**: the server that goes on is killed as well, at a point that it is sure to pass; 60 pairs, drawn with a seed that is
  printed (\`FAULTS_SEED\` draws others).
- **Freezes**: SIGSTOP at each of the 36 moments of the effects (\`Z…\`) for longer than the lease. Another server takes the run over; then
  the first one goes on where it stood.
- **Matrix**: stages of a run × what breaks (\`F<stage>.<column>\`): worker, Redis, Docker, memory, disk, network, GitHub, model.

After each, nine checks on what is left outside (\`test/support/faults/oracle.ts\`; \`oracle.test.ts\` shows that each of them can fail): one
comment per marker · one branch, one pull request · requests to the model ≤ turns + kills + cuts · the journal without gaps, one writer per
epoch · ended, or parked and said so · no container, volume, network or directory left · no secret of the server in nine places · the
spending shown is the journal's, the ledger's, and no less than the vendor's · the tree of a run without faults.

One case: \`FAULTS=all npx vitest run --project faults -t "Ktool10.before-result"\`.
`;

const CODES = `Outcomes: **R** resumed, nothing repeated · **R1** resumed, the answer in flight was asked for again · **T** work since the last
checkpoint was gone, a call cut off, and the model told · **E** an effect was settled, not doubled · **S** sandbox rebuilt · **W** waited with backoff · **P** parked with the cause ·
**Q** queue rebuilt from the journal · **H** GitHub saw an error and the delivery came again.
`;

const grouped = <T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(values, keyOf);

const codesOf = (cases: readonly FaultCase[]): string =>
  [...grouped(cases, ({ code }) => code)]
    .filter(([code]) => code !== "")
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([code, all]) => `${code} ${all.length}`)
    .join(", ");

const seconds = (cases: readonly FaultCase[]): string =>
  String(Math.round(cases.reduce((sum, one) => sum + one.seconds, 0)));

function row(name: readonly string[], cases: readonly FaultCase[]): string {
  const failed = cases.filter(({ state }) => state !== "passed").length;
  const cells = [...name, cases.length, cases.length - failed, failed, codesOf(cases), seconds(cases)];
  return `| ${cells.join(" | ")} |`;
}

function summary(cases: readonly FaultCase[]): string {
  const suites = grouped(cases, ({ suite, store }) => `${suite}\n${store}`);
  const rows = [...suites].toSorted(([a], [b]) => a.localeCompare(b)).map(([key, all]) => row(key.split("\n"), all));
  const head = [
    "| suite | store | cases | passed | failed | outcomes | seconds |",
    "| --- | --- | ---: | ---: | ---: | --- | ---: |",
  ];
  return [...head, ...rows, row(["**all**", ""], cases)].join("\n");
}

const pointOf = (name: string): string => /^[^\s:]+/.exec(name)?.[0] ?? name;

function points(cases: readonly FaultCase[]): string {
  const named = cases.filter(({ code }) => code !== "");
  return [...grouped(named, ({ suite }) => suite)]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([suite, all]) => {
      const lines = [...grouped(all, ({ name }) => pointOf(name))].map(([point, same]) => {
        const failed = same.some(({ state }) => state !== "passed") ? " FAILED" : "";
        return `- \`${point}\` ${[...new Set(same.map(({ code }) => code))].join(", ")}${failed}`;
      });
      return `## ${suite}\n\n${lines.join("\n")}\n`;
    })
    .join("\n");
}

/** @param wallSeconds of the whole run; the seconds of the cases overlap */
export const faultPage = (cases: readonly FaultCase[], wallSeconds: number): string =>
  [
    INTRODUCTION,
    `${summary(cases)}\n\nThe whole took ${Math.ceil(wallSeconds / 60)} minutes; seconds are those of the cases, many of which run at once.\n`,
    CODES,
    points(cases),
  ].join("\n");
