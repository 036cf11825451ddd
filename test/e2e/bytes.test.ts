import { afterAll, beforeAll, expect, test } from "vitest";
import { openArtifacts } from "../../src/journal/artifacts.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { call } from "../support/scripted-model/answer.ts";
import * as story from "../support/story.ts";

const FLIP = "while :; do echo one > src/flip.txt; echo two > src/flip.txt; done";

/** A process that flips a file goes on while the work is read out, in every way a command can leave one behind. */
const EXECUTOR = [
  story.edit(story.BUGGY, story.FIXED),
  call("bash", { command: `(${FLIP}) > /dev/null 2>&1 & disown; sleep 0.1` }),
  call("bash", { command: `setsid bash -c '${FLIP}' > /dev/null 2>&1 & sleep 0.1` }),
  call("bash", { command: `nohup bash -c '${FLIP}' > /dev/null 2>&1 & exit 0` }),
  call("bash", {
    command: "git config --global alias.x y; ln -s /etc/passwd src/link; chmod +x src/flip.txt; ls -l src",
  }),
  call("bash", { command: "rm src/link" }),
  story.submitWork(),
];

/** Says that it is done again and again, though the change is sent back to be mended. */
const INSISTING = Array.from({ length: 3 }, () => story.submitWork());

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ script: story.script(story.PLANNING, EXECUTOR) });
});
afterAll(() => instance.stop());

test("S59 the tree that was committed is, byte for byte, what the policy saw, while a process flips a file", async () => {
  const scene = await story.openScene(instance);
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "pull_request" });

  const [pull] = instance.github.pullRequests(scene.repository);
  const committed = await instance.github.tree(scene.repository, pull?.head ?? "");
  const base = await instance.github.tree(scene.repository, "main");
  const changed = Object.entries(committed).filter(([path, file]) => base[path]?.sha !== file.sha);
  const seen = state.checked?.changes ?? [];
  expect(seen.map(({ path }) => path).sort()).toEqual(["src/flip.txt", "src/money.js"]);
  expect(changed.map(([path]) => path).sort()).toEqual(seen.map(({ path }) => path).sort());

  const artifacts = openArtifacts(`${instance.dataDir}/artifacts`);
  for (const change of seen) {
    if (change.status === "deleted") continue;
    const file = committed[change.path];
    expect([file?.sha, file?.mode]).toEqual([change.blob, change.mode]);
    const judged = new TextDecoder().decode(await artifacts.get(change.artifact));
    expect(file?.content).toBe(judged);
  }
  expect(["one\n", "two\n", ""]).toContain(committed["src/flip.txt"]?.content);
});

test("S52 a new symbolic link is refused with its path and target, and nothing is published", async () => {
  instance.model.follow(
    story.script(story.PLANNING, [
      story.edit(story.BUGGY, story.FIXED),
      call("bash", { command: "ln -s /etc/passwd src/link" }),
      ...INSISTING,
    ]),
  );
  const scene = await story.openScene(instance);
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "change_refused" });
  const notice = await story.said(instance, scene, /was not published/);
  expect(notice).toContain("src/link");
  expect(notice).toContain("/etc/passwd");
  expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
});

test("S49 a workflow file is refused with its path, and nothing is published", async () => {
  instance.model.follow(
    story.script(story.PLANNING, [
      story.edit(story.BUGGY, story.FIXED),
      call("write", { path: ".github/workflows/ci.yml", content: "on: push\n" }),
      ...INSISTING,
    ]),
  );
  const scene = await story.openScene(instance);
  story.comment(instance, scene, `/approve ${story.digestIn(await story.untilPlan(instance, scene))}`);
  const state = await story.untilOver(instance, scene);
  expect(state.outcome).toMatchObject({ outcome: "failed", code: "change_refused" });
  expect(state.checked?.verdict).toBe("refused");
  expect(state.checked?.reasons, "the one reason").toEqual([expect.stringContaining(".github/workflows/ci.yml")]);
  expect(await story.said(instance, scene, /was not published/)).toContain(".github/workflows/ci.yml");
  expect(Object.keys(await instance.github.branches(scene.repository))).toEqual(["main"]);
  expect(instance.github.pullRequests(scene.repository)).toEqual([]);
});
