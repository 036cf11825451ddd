import { parseArgs } from "node:util";
import { isMet, type Figure, type Report } from "./figure.ts";
import { measureHarness } from "./harness/part.ts";
import { besidePeers } from "./harness/peers.ts";
import { measureJournal } from "./journal/part.ts";
import { measurePostgres } from "./journal/postgres-part.ts";
import { describeMachine, loadNow } from "./machine.ts";
import { writePage } from "./page.ts";
import { measureSandbox } from "./places/sandbox-part.ts";
import { measureWorkspaces } from "./places/workspace-part.ts";
import { keep, lastOf } from "./results.ts";
import { measureRecovery } from "./runs/recovery-part.ts";
import { measureResume } from "./runs/resume-part.ts";
import { measureRows, measureWaiting } from "./runs/waiting-part.ts";
import { lineOf, markdownOf } from "./table.ts";
import { measureWeb } from "./web/part.ts";

interface Part {
  readonly title: string;
  readonly measure: (report: Report) => Promise<void>;
  /** What stands below its table. */
  readonly note?: (figures: readonly Figure[]) => string;
}

const PARTS: Readonly<Record<string, Part>> = {
  journal: { title: "Journal", measure: measureJournal },
  postgres: { title: "Journal in PostgreSQL (on this machine)", measure: measurePostgres },
  harness: { title: "Harness (local workspace, scripted model over HTTP)", measure: measureHarness, note: besidePeers },
  web: { title: "Webhooks", measure: measureWeb },
  sandbox: { title: "Sandbox", measure: measureSandbox },
  recovery: { title: "Dead and stopped workers", measure: measureRecovery },
  resume: { title: "Coming back to a long run", measure: measureResume },
  rows: { title: "Parked runs as rows", measure: measureRows },
  waiting: { title: "Runs waiting for approval", measure: measureWaiting },
  workspaces: { title: "Workspaces and checkpoints", measure: measureWorkspaces },
};

async function measurePart(name: string, { measure }: Part): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const machine = await describeMachine();
  const load = loadNow();
  const start = performance.now();
  process.stderr.write(`\n${name}, load ${load.toFixed(1)}\n`);
  await measure((figure) => {
    figures.push(figure);
    process.stderr.write(`  ${lineOf(figure)}\n`);
  });
  const seconds = (performance.now() - start) / 1000;
  await keep(name, { measuredAt: new Date().toISOString(), machine, seconds, load, figures });
  return figures;
}

/** The page needs every part, measured now or earlier on this machine. */
async function publish(): Promise<boolean> {
  const results = await Promise.all(
    Object.entries(PARTS).map(async ([name, { title, note }]) => ({ title, note, result: await lastOf(name) })),
  );
  const whole = results.flatMap(({ result, ...part }) => (result === null ? [] : [{ ...part, result }]));
  if (whole.length < results.length) return false;
  await writePage(whole);
  return true;
}

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true, default: [] }, page: { type: "boolean", default: false } },
});
const wanted = values.only.flatMap((names) => names.split(","));
const unknown = wanted.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(", ")}. Parts: ${Object.keys(PARTS).join(", ")}\n`);
  process.exit(1);
}
const figures: Figure[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (!values.page && (wanted.length === 0 || wanted.includes(name))) figures.push(...(await measurePart(name, part)));
}
process.stdout.write(`\n${markdownOf(figures)}\n`);
const missed = figures.filter((figure) => isMet(figure) === false).length;
const written = (await publish())
  ? "docs/performance.md is written."
  : "docs/performance.md needs the other parts too.";
process.stdout.write(`\n${missed} of ${figures.length} figures miss their goal. ${written}\n`);
