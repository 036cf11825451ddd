import { describe, expect, test } from "vitest";
import { evolveConversation } from "../../../src/core/conversation/conversation-fold.ts";
import { estimateTokens } from "../../../src/core/money/limits.ts";
import { cleared, compacted, folded, ID, prose, refused, resultsIn, said, turn, turns } from "./window-facts.ts";

describe("clearing", () => {
  test("a large old result becomes a line that says what it was and how to get it again; the call stays", () => {
    const conversation = folded(...turns(3, 4_000), cleared(3));
    const results = resultsIn(conversation);
    expect(results["call_1"]).toBe(
      '[Taken out to save room: the result of read {"path":"src/1.ts"}, 4000 bytes. Call read again if you need it.]',
    );
    expect(results["call_3"]).toBe(prose(4_000));
    expect(JSON.stringify(said(conversation)[1])).toContain("src/1.ts");
  });

  test("the file that keeps a long result is still named", () => {
    const result = `${prose(4_000)} [… The whole is in /tmp/journeyman/call_1.txt: read it with offset and limit. …]`;
    expect(resultsIn(folded(...turn(1, result), cleared(2)))["call_1"]).toContain(
      "The whole was kept in /tmp/journeyman/call_1.txt.",
    );
  });

  test("a failure is called one", () => {
    const conversation = folded(...turn(1, prose(2_000), { isError: true }), cleared(2));
    expect(resultsIn(conversation)["call_1"]).toContain("the failure of read");
  });

  test.each(["todo", "submit", "ask", "consult", "task", "skill"])("what %s returned stays", (name) => {
    const conversation = folded(...turn(1, prose(4_000), { name }), cleared(9));
    expect(resultsIn(conversation)["call_1"]).toBe(prose(4_000));
  });

  test("a short result stays, and clearing twice is clearing once", () => {
    const once = folded(...turn(1, prose(900)), ...turn(2, prose(4_000)), cleared(9));
    expect(resultsIn(once)["call_1"]).toBe(prose(900));
    expect(said(evolveConversation(once, cleared(9)))).toEqual(said(once));
  });

  test("what the loop compares repeats with is what was returned", () => {
    const { exchanges } = folded(...turns(2, 4_000), cleared(9));
    expect([...exchanges].map(({ result }) => result.content)).toEqual([prose(4_000), prose(4_000)]);
  });

  test("the estimate falls by no more than was measured", () => {
    const [answer, ...rest] = turn(3, "short");
    const measured = { ...answer, usage: { input: 2_000, cacheRead: 0, cacheWrite: 0, output: 0 } } as typeof answer;
    const before = folded(...turns(2, 4_000), ...(measured ? [measured] : []), ...rest);
    const after = evolveConversation(before, cleared(9));
    expect(estimateTokens(after)).toBeGreaterThan(0);
    expect(estimateTokens(before) - estimateTokens(after)).toBeLessThan(2_000);
  });
});

describe("compaction", () => {
  test("the task stays, then comes the summary in the same message, then the newest answers; older thoughts are gone", () => {
    const messages = said(folded(...turns(4, 100), compacted(4)));
    expect(messages[0]).toEqual({
      role: "user",
      content: [
        { type: "text", text: "Do it." },
        { type: "text", text: "Sum." },
      ],
    });
    expect(messages).toHaveLength(3);
    expect(JSON.stringify(messages)).toContain("thought 4");
    expect(JSON.stringify(messages)).not.toContain("thought 3");
  });

  test("a second summary stands in the place of the first", () => {
    const messages = said(folded(...turns(3, 100), compacted(3), ...turn(4, "x"), compacted(5, "Sum of all.")));
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Do it." },
          { type: "text", text: "Sum of all." },
        ],
      },
    ]);
  });

  test("an answer with open calls is kept, whatever the fact says", () => {
    const [answer, result] = turn(2, "late");
    const open = folded(...turn(1, "x"), ...(answer ? [answer] : []), compacted(9));
    expect(open.pending).toHaveLength(1);
    const closed = result ? evolveConversation(open, result) : open;
    expect(resultsIn(closed)).toEqual({ call_2: "late" });
  });

  test("instructions that were cut out are unknown again, those that stand are not", () => {
    const loaded = (path: string) =>
      ({ type: "instructions.loaded", conversation: ID, path, text: `Guidance of ${path}.` }) as const;
    const facts = [...turn(1, "x"), loaded("a/AGENTS.md"), ...turn(2, "y"), loaded("b/AGENTS.md")];
    expect(folded(...facts).instructions.map(({ path }) => path)).toEqual(["a/AGENTS.md", "b/AGENTS.md"]);
    expect(folded(...facts, compacted(2)).instructions.map(({ path }) => path)).toEqual(["b/AGENTS.md"]);
    expect(JSON.stringify(said(folded(...facts)))).toContain("Guidance of a/AGENTS.md.");
  });
});

test("a refusal as too long is remembered until something was taken out", () => {
  const long = folded(...turns(2, 4_000), refused);
  expect(long.tooLong).toBe(true);
  expect(evolveConversation(long, cleared(2)).tooLong).toBe(false);
  expect(evolveConversation(long, compacted(3)).tooLong).toBe(false);
});
