import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { pullRequestBody } from "../../../src/views/pull-request.ts";
import { statusComment } from "../../../src/views/status-comment.ts";
import { timeline } from "../../../src/views/timeline.ts";
import * as facts from "../../support/facts.ts";

const VIEW = { runUrl: null };

const switched = (conversation: string, to = "openai/gpt-5.5"): RunEvent => ({
  type: "model.switched",
  conversation,
  from: "claude-opus-5-5",
  to,
  reason: "server_error",
});

const LINE = "Model `claude-opus-5-5` did not answer (server error), went on with `openai/gpt-5.5`.";

describe("a model that another stood in for", () => {
  const state = facts.stateOf([...facts.toPrepared(), switched("plan.1"), switched("implement.1"), facts.submitted()]);

  test.each([
    ["the status comment", statusComment(state, VIEW)],
    ["the pull request", pullRequestBody(state, VIEW)],
  ])("stands in %s, once however often it happened", (_, body) => {
    expect(body.split(LINE)).toHaveLength(2);
  });

  test("stands in the timeline, each time", () => {
    const lines = timeline(facts.stored([switched("plan.1"), switched("implement.1")]), { all: false });
    expect(lines.match(/claude-opus-5-5 did not answer \(server_error\), went on with openai\/gpt-5\.5/g)).toHaveLength(
      2,
    );
  });

  test("no name of a model can act on GitHub", () => {
    const hostile = facts.stateOf([...facts.toPrepared(), switched("plan.1", "@everyone`#7")]);
    expect(statusComment(hostile, VIEW).replace(/(`+)[^`](?:.*?[^`])?\1(?!`)/g, "")).not.toMatch(/@everyone|#7/);
  });

  test("nothing is said where none stood in", () => {
    expect(statusComment(facts.stateOf(facts.toPrepared()), VIEW)).not.toContain("did not answer");
  });
});
