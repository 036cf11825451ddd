import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import type { RunState } from "../../src/core/state.ts";
import { runReport, timeline } from "../../src/views/timeline.ts";
import { type Environment, eventually, type Instance, startInstance } from "../support/instance.ts";
import * as story from "../support/story.ts";
import { filesIn } from "../support/github/repositories.ts";
import { INVOICE_SCRIPT } from "./invoice-story.ts";

/*
 * The product on this machine, from a labelled issue to a tested pull request. Real: server, Redis, journal, Docker sandbox, the model's
 * client, git. Simulated: GitHub. Scripted: the model, unless ANTHROPIC_API_KEY is set.
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const DATA_DIR = `${ROOT}data/demo`;
const APPROVE_BY_ITSELF = process.argv.includes("--yes");
const REAL_KEY = process.env["ANTHROPIC_API_KEY"];

const say = (text = ""): void => void process.stdout.write(`${text}\n`);
const title = (text: string): void => say(`\n${styleText(["bold", "cyan"], `▌ ${text}`)}`);
const quote = (text: string): void => say(text.replaceAll(/^/gm, styleText("gray", "│ ")));
const withoutMark = (body: string): string => body.replaceAll(/<!-- journeyman:[^\n]*-->/g, "").trim();

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
async function follow(instance: Instance, scene: story.Scene, enough: (state: RunState) => boolean): Promise<RunState> {
  let shown = (await story.factsOfIssue(instance, scene)).length;
  return eventually(
    "the run to go on",
    async () => {
      const facts = await story.factsOfIssue(instance, scene);
      const fresh = timeline(facts.slice(shown), { all: false });
      shown = facts.length;
      if (fresh !== "") say(fresh);
      const state = await story.stateOfIssue(instance, scene);
      return state !== null && enough(state) ? state : null;
    },
    REAL_KEY ? 1_800_000 : 180_000,
  );
}

async function approve(instance: Instance, scene: story.Scene, plan: string): Promise<void> {
  const line = `/approve ${story.digestIn(plan)}`;
  if (APPROVE_BY_ITSELF) return void story.comment(instance, scene, line);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  for (let typed = ""; !typed.startsWith("/");)
    typed = await terminal
      .question(`\nType ${styleText("bold", line)} (or /revise …, /reject …) and press Enter: `)
      .then((text) => {
        if (text.trim().startsWith("/")) story.comment(instance, scene, text.trim());
        return text.trim();
      });
  terminal.close();
}

function showPullRequest(instance: Instance, scene: story.Scene): void {
  const [pull] = instance.github.pullRequests(scene.repository);
  if (pull === undefined) {
    title("No pull request");
    return quote(withoutMark(story.ours(instance, scene).at(-1) ?? ""));
  }
  title(`Pull request #${pull.number}: ${pull.title}${pull.draft ? " (draft)" : ""}`);
  quote(pull.body);
  title("The change");
  const diff = execFileSync("git", ["-C", scene.repository.directory, "diff", "main", pull.head], { encoding: "utf8" });
  say(diff.trimEnd());
}

async function play(instance: Instance): Promise<boolean> {
  const scene = await openIssue(instance);
  title("An issue on a repository whose tests fail");
  quote((await readFile(`${ROOT}fixtures/issues/invoice-rounding.md`, "utf8")).trim());
  title("A maintainer adds the label `journeyman`");
  instance.github.label(scene.issue, "maintainer", "journeyman");
  await follow(instance, scene, (state) => state.outcome !== null || Boolean(state.plan && state.effects["plan.1"]));
  const plan = await story.said(instance, scene, /## Plan 1:/);
  title("The plan, as a comment on the issue");
  quote(withoutMark(plan));
  await approve(instance, scene, plan);
  title(APPROVE_BY_ITSELF ? "Approved (by --yes); the work" : "The work");
  const state = await follow(instance, scene, (now) => Boolean(now.outcome && now.effects[`status.${now.restedAt}`]));
  showPullRequest(instance, scene);
  title("What it took");
  say(runReport(state));
  say(`\nRead it again:  DATA_DIR=${relative(process.cwd(), DATA_DIR)} npm run -s journeyman -- show ${state.run}`);
  return state.outcome?.outcome === "pull_request" && instance.github.faults.length === 0;
}

const begun = Date.now();
say(styleText("bold", "Journeyman: from a labelled issue to a tested pull request"));
say(
  `GitHub is simulated; ${REAL_KEY ? "the model is real" : "the model is scripted (set ANTHROPIC_API_KEY to use a real one)"}; all else is real.`,
);
await rm(DATA_DIR, { recursive: true, force: true });
const instance = await startInstance({ script: INVOICE_SCRIPT, environment: modelEnvironment(), dataDir: DATA_DIR });
try {
  const opened = await play(instance);
  say(`\n${opened ? "Done" : "Ended without a pull request"} in ${Math.round((Date.now() - begun) / 1000)} s.`);
  process.exitCode = opened ? 0 : 1;
} finally {
  await instance.stop();
}
