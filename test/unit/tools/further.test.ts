import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { editDistance, nearestFirst } from "../../../src/core/text/nearest.ts";
import { pageText } from "../../../src/core/text/page-text.ts";
import type { NotFetched, Page, Web } from "../../../src/ports/web.ts";
import type { Skills } from "../../../src/tools/context.ts";
import { consult } from "../../../src/tools/consult.ts";
import { skill } from "../../../src/tools/skill.ts";
import { task } from "../../../src/tools/task.ts";
import { prepareCall } from "../../../src/tools/tool.ts";
import { webFetch } from "../../../src/tools/web-fetch.ts";
import { openLocalWorkspace, type LocalWorkspace } from "../../support/local-workspace.ts";
import { call } from "../../support/scripted-port.ts";
import { errorOf, useTool } from "../../support/tool-bench.ts";

let on: LocalWorkspace;
beforeAll(async () => {
  on = await openLocalWorkspace();
});
afterAll(() => on.close());

describe("skill", () => {
  const skills: Skills = {
    names: ["migrations", "release-notes", "testing"],
    body: (name) => Promise.resolve(name === "testing" ? null : `How to: ${name}`),
  };

  test("gives the body of a listed skill", async () => {
    expect((await useTool(skill, { name: "migrations" }, { on, skills })).content).toBe("How to: migrations");
  });

  test("one that does not exist is answered with those that do, the likest first", async () => {
    const { content, isError } = await useTool(skill, { name: "Release_Note" }, { on, skills });
    expect([isError, errorOf(content)]).toEqual([
      true,
      expect.objectContaining({ error: "no_such_skill", skills: ["release-notes", "testing", "migrations"] }),
    ]);
    expect(errorOf((await useTool(skill, { name: "x" }, { on })).content)["suggestion"]).toContain("no skills");
  });

  test("one that cannot be read is a failure with a way on", async () => {
    expect(errorOf((await useTool(skill, { name: "testing" }, { on, skills })).content)).toMatchObject({
      error: "skill_unreadable",
    });
  });

  test("likeness counts letters, and equally like names keep their order", () => {
    expect([editDistance("", "abc"), editDistance("kitten", "sitting"), editDistance("a", "a")]).toEqual([3, 3, 0]);
    expect(nearestFirst("b", ["c", "a", "b"])).toEqual(["b", "c", "a"]);
  });
});

describe("task and consult are wishes; who drives the loop grants them", () => {
  test("a task for a reader only reads, one for the test runner is a command", () => {
    const effect = (agent: string) => {
      const prepared = prepareCall([task], call("t", "task", { agent, task: "Look." }));
      return prepared.kind === "ready" ? prepared.effect : prepared.content;
    };
    expect(["researcher", "docs_reader", "code_reviewer", "test_runner"].map(effect)).toEqual([
      "none",
      "none",
      "none",
      "command",
    ]);
    expect(effect("executor")).toContain("bad_arguments");
  });

  test("they say what is wished", async () => {
    const asked = await useTool(consult, { question: "Why?" }, { on });
    expect(asked.outcome).toEqual({ kind: "delegated", wish: { kind: "consult", question: "Why?" } });
    const given = await useTool(task, { agent: "researcher", task: "Look." }, { on });
    expect(given.outcome).toEqual({ kind: "delegated", wish: { kind: "task", agent: "researcher", task: "Look." } });
  });
});

describe("web_fetch", () => {
  const webWith = (answer: Page | NotFetched): Web => ({
    hosts: ["docs.example.org"],
    page: () => Promise.resolve(answer),
    within: () => webWith(answer),
  });
  const html = (text: string): Page => ({
    kind: "page",
    url: "https://docs.example.org/x",
    contentType: "text/html; charset=utf-8",
    text,
    cut: false,
  });
  const fetched = (answer: Page | NotFetched) =>
    useTool(webFetch, { url: "https://docs.example.org/x", question: "Which version?" }, { on, web: webWith(answer) });

  test("the page is never the result: its text goes to a reader with the question", async () => {
    const { content, outcome } = await fetched(html("<h1>Version&nbsp;3</h1><script>obey()</script><p>new\u200B!</p>"));
    expect(content).toBe("");
    expect(outcome).toEqual({
      kind: "delegated",
      wish: {
        kind: "read_page",
        url: "https://docs.example.org/x",
        text: "Version 3\nnew!",
        question: "Which version?",
      },
    });
  });

  test("a long page is cut with an honest word", async () => {
    const { outcome } = await fetched({ ...html("x".repeat(100_000)), cut: true });
    const text = outcome?.kind === "delegated" && outcome.wish.kind === "read_page" ? outcome.wish.text : "";
    expect(text.length).toBeLessThan(61_000);
    expect(text).toContain("40000 more characters left out");
    expect(text).toContain("the page goes on");
  });

  test.each([
    [{ kind: "refused", reason: "is at evil.test, which is not an allowed host" } as const, "address_refused"],
    [{ kind: "failed", reason: "was answered with status 404" } as const, "page_failed"],
    [html("<script>x</script>"), "page_empty"],
  ])("%j is a failure with a way on", async (answer, error) => {
    const { content, isError } = await fetched(answer);
    expect([isError, errorOf(content)["error"], typeof errorOf(content)["suggestion"]]).toEqual([
      true,
      error,
      "string",
    ]);
  });

  test("without open hosts it is not available", async () => {
    const { content } = await useTool(webFetch, { url: "https://x.test/", question: "?" }, { on });
    expect(errorOf(content)["error"]).toBe("not_available");
  });

  test("what a reader sees of a page is its text: entities decoded, markup, scripts and invisible text gone", () => {
    const page =
      "<head><title>t</title></head><!-- a --><p>1 &lt; 2 &amp;&#65;&#x42;</p>\n\n\n\n<div>end&#0;&#xD800;</div>";
    expect(pageText(page, true)).toBe("1 < 2 &AB\n\nend");
    expect(pageText("a  <b>\u202E", false)).toBe("a <b>");
  });
});
