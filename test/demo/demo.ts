import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { parseArgs, styleText } from "node:util";
import type { RunState } from "../../src/core/state.ts";
import { runReport } from "../../src/views/timeline.ts";
import { type Environment, eventually, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";
import { filesIn } from "../support/github/repositories.ts";
import { newDataDir } from "./data-dir.ts";
import { decide, type Follow, settled } from "./decision.ts";
import { INVOICE_SCRIPT } from "./invoice-story.ts";
import { liveLines, quote, say, title, withoutAddress, withoutMark } from "./screen.ts";

/*
 * The product on this machine, from a labelled issue to a tested pull request. Real: server, Redis, journal, Docker sandbox, the model's
 * client, git. Simulated: GitHub. Scripted: the model, unless ANTHROPIC_API_KEY is set.
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const REAL_KEY = process.env["ANTHROPIC_API_KEY"];

function modelEnvironment(): Environment {
  if (!REAL_KEY) return {};
  const base = process.env["ANTHROPIC_BASE_URL"] ?? "https://api.anthropic.com";
  return { ANTHROPIC_API_KEY: REAL_KEY, ANTHROPIC_BASE_URL: base };
}

async function openIssue(instance: Instance): Promise<story.Scene> {
  const { github } = instance;
  const files = await filesIn(`${ROOT}fixtures/repositories/invoice-js`);
  const repository = await github.repository({ name: "invoice-js", files });
  github.user("maintainer");
  github.setPermission(repository, "maintainer", "write");
  github.user("reporter");
  const text = await readFile(`${ROOT}fixtures/issues/invoice-rounding.md`, "utf8");
  const [heading = "", ...body] = text.split("\n");
  const issue = github.openIssue({
    repo: repository,
    user: "reporter",
    title: heading.replace(/^#\s*/, ""),
    body: body.join("\n").trim(),
  });
  return { repository, issue };
}

/** Prints facts as they are written, until the look says that it is enough. */
function follower(instance: Instance, scene: story.Scene): Follow {
  let shown = 0;
  return (enough) =>
    eventually(
      "the run to go on",
      async () => {
        const facts = await story.factsOfIssue(instance, scene);
        const fresh = liveLines(facts.slice(shown));
        shown = facts.length;
        if (fresh !== "") say(withoutAddress(fresh, instance.github.host));
        const state = await story.stateOfIssue(instance, scene);
        return state !== null && enough(state) ? state : null;
      },
      REAL_KEY ? 1_800_000 : 180_000,
    );
}

/** Asks a person, or with --yes approves by itself. Null: nobody answered. */
async function decision(instance: Instance, scene: story.Scene, told: Told): Promise<RunState | null> {
  if (!told.yes || told.from.plan === null || told.from.outcome !== null)
    return told.yes ? told.from : decide(instance, scene, told);
  story.comment(instance, scene, `/approve ${story.digestIn(await story.said(instance, scene, /## Plan 1:/))}`);
  return told.follow((state) => state.approval !== null || state.outcome !== null);
}

interface Told {
  readonly yes: boolean;
  readonly follow: Follow;
  readonly from: RunState;
}

function showPullRequest(instance: Instance, scene: story.Scene, state: RunState): void {
  const [pull] = instance.github.pullRequests(scene.repository);
  if (pull === undefined) {
    title("No pull request");
    const last = (state.effects["end"] ?? state.effects["status"])?.remoteId;
    return quote(withoutMark(instance.github.comments(scene.issue).find(({ id }) => String(id) === last)?.body ?? ""));
  }
  title(`Pull request #${pull.number}: ${pull.title}${pull.draft ? " (draft)" : ""}`);
  quote(pull.body);
  title("The change");
  const diff = execFileSync("git", ["-C", scene.repository.directory, "diff", "main", pull.head], { encoding: "utf8" });
  say(diff.trimEnd());
}

async function showIssue(): Promise<void> {
  title("An issue on a repository whose tests fail");
  quote((await readFile(`${ROOT}fixtures/issues/invoice-rounding.md`, "utf8")).trim());
  title("A maintainer adds the label `journeyman`");
}

function showEnd(instance: Instance, scene: story.Scene, state: RunState): void {
  showPullRequest(instance, scene, state);
  title("What it took");
  say(withoutAddress(runReport(state), instance.github.host));
  if (!REAL_KEY)
    say(
      "\nThe cost is what a real model's answers of this size would cost. Nothing was charged: the model is scripted.",
    );
  const { dataDir: whole } = instance;
  const dataDir = whole.startsWith(ROOT) ? relative(ROOT, whole) : whole;
  say(`\nRead it again:  DATA_DIR=${dataDir} npm run -s journeyman -- show ${state.run}`);
}

/** The sentence that the demo ends with, and whether there is a pull request. */
async function play(instance: Instance, yes: boolean): Promise<readonly [opened: boolean, sentence: string]> {
  const scene = await openIssue(instance);
  const follow = follower(instance, scene);
  await showIssue();
  instance.github.label(scene.issue, "maintainer", "journeyman");
  const from = await follow(settled);
  title(from.plan === null ? "The App's comment on the issue" : "The plan, as a comment on the issue");
  quote(withoutMark(story.ours(instance, scene).at(-1) ?? ""));
  const asked = await decision(instance, scene, { yes, follow, from });
  if (asked === null) return [false, "No answer came: ended without approval, and nothing was written"];
  if (asked.approval !== null) title(yes ? "Approved (by --yes); the work" : "The work");
  const begun = asked.approval !== null || asked.outcome !== null;
  const state = begun ? await follow((now) => now.outcome !== null && settled(now)) : asked;
  showEnd(instance, scene, state);
  const opened = state.outcome?.outcome === "pull_request" && instance.github.faults.length === 0;
  return [opened, opened ? "Done" : "Ended without a pull request"];
}

async function demo(): Promise<boolean> {
  const begun = Date.now();
  const { values } = parseArgs({ options: { yes: { type: "boolean", default: false }, data: { type: "string" } } });
  say(styleText("bold", "Journeyman: from a labelled issue to a tested pull request"));
  const model = REAL_KEY
    ? "the model is real"
    : "the model is scripted and costs nothing (set ANTHROPIC_API_KEY to use a real one)";
  say(`GitHub is simulated; ${model}; all else is real.`);
  const dataDir = await newDataDir(values.data ?? `${ROOT}data/demo`);
  const instance = await startInstance({ script: INVOICE_SCRIPT, environment: modelEnvironment(), dataDir });
  try {
    const [opened, sentence] = await play(instance, values.yes);
    say(`\n${sentence} (${Math.round((Date.now() - begun) / 1000)} s).`);
    return opened;
  } finally {
    await instance.stop();
  }
}

try {
  process.exitCode = (await demo()) ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`demo: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  // What was started before the failure may still be open, and would keep this process alive.
  process.exit(1);
}
