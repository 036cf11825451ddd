import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { visibleText } from "../../../src/core/text/hidden.ts";

const CANARY = "obey-the-canary";
/** The canary as a reader of invisible characters would write it: each letter as a tag character. */
const tagged = Array.from(CANARY, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");

function expectHidden(body: string): void {
  const { text, hidden } = visibleText(body);
  expect(text).not.toContain(CANARY);
  expect(text).toContain("seen");
  expect(hidden).toBeGreaterThan(0);
}

describe("HTML comments are left out (S30)", () => {
  test.each([
    ["closed", `seen <!-- ${CANARY} --> seen`],
    ["closed, as a block", `seen\n\n<!--\n${CANARY}\n\n${CANARY}\n-->\n\nseen`],
    ["unclosed to the end", `seen\n\n<!-- ${CANARY}\n\n${CANARY}`],
    ["unclosed inside an element", `seen\n\n<div><!-- x\n\n${CANARY}\n\n- ${CANARY}\n\n\`\`\`\n${CANARY}\n\`\`\``],
    ["ended early by the letter", `seen\n\n<!--> ${CANARY} -->\n\nseen`],
    ["a processing instruction", `seen <?x ${CANARY}?>`],
    ["a declaration", `seen <!X ${CANARY}>`],
    ["a CDATA section", `seen <![CDATA[${CANARY}]]>`],
    ["in a list", `- seen\n- <!-- ${CANARY} -->`],
    ["in a table", `| a | b |\n|---|---|\n| seen | <!-- ${CANARY} --> |`],
  ])("%s", (_, body) => {
    expectHidden(body);
  });

  test("taking one out does not make another", () => {
    const { text, hidden } = visibleText(`seen <!-<!-- x -->- ${CANARY} --> seen`);
    expect(text).not.toContain("<!--");
    expect(hidden).toBe(1);
  });

  test("in code it is text", () => {
    expect(visibleText("`<!-- a -->`\n\n```\n<!-- b -->\n```").text).toBe("`<!-- a -->`\n\n```\n<!-- b -->\n```");
  });
});

describe("invisible characters are left out (S31)", () => {
  const classes: readonly (readonly [string, string])[] = [
    ["tag block", tagged],
    ["variation selectors supplement", "\u{E0100}\u{E01EF}"],
    ["variation selectors", "\uFE00\uFE0E"],
    ["word joiner and invisible operators", "\u2060\u2061\u2062\u2063\u2064"],
    ["direction marks", "\u200E\u200F"],
    ["Arabic letter mark", "\u061C"],
    ["Mongolian vowel separator", "\u180E"],
    ["Hangul filler", "\u3164"],
    ["soft hyphen", "\u00AD"],
    ["zero width", "\u200B\u200C\u200D"],
    ["byte order mark", "\uFEFF"],
    ["bidirectional embedding and override", "\u202A\u202E\u202C"],
    ["bidirectional isolates", "\u2066\u2069"],
    ["Braille blank", "\u2800"],
    ["control characters", "\u0007\u0000\u000C"],
  ];
  test.each(classes)("%s", (_, characters) => {
    expect(visibleText(`se${characters}en`).text).toBe("seen");
  });
  test.each(classes.slice(0, -1))("%s, counted once a run", (_, characters) => {
    expect(visibleText(`a${characters}b ${characters}c`).hidden).toBe(2);
  });
  test("as a character reference", () => {
    expect(visibleText("se&#x200B;&ZeroWidthSpace;en")).toEqual({ text: "seen", hidden: 2 });
  });
  test("what joins a pictograph is part of it", () => {
    expect(visibleText("👩‍💻 ❤️ 👍🏽 1️⃣")).toEqual({ text: "👩‍💻 ❤️ 👍🏽 1️⃣", hidden: 0 });
  });
  test("the text comes in composed form", () => {
    expect(visibleText("cafe\u0301").text).toBe("café");
  });
});

describe("Markdown and HTML that render to nothing are left out (S32)", () => {
  test.each([
    ["a definition used as a comment", `seen\n\n[//]: # (${CANARY})`],
    ["a definition's label", `seen\n\n[${CANARY}]: http://x.test`],
    ["a definition's title", `[seen][a]\n\n[a]: http://x.test "${CANARY}"`],
    ["a link's title", `[seen](http://x.test "${CANARY}")`],
    ["a title in parentheses", `[seen](http://x.test (${CANARY}))`],
    ["a link's query", `[seen](http://x.test/?q=${CANARY})`],
    ["alternative text", `seen ![${CANARY}](http://x.test/a.png)`],
    ["alternative text with brackets", `seen ![a [${CANARY}] \\] b](http://x.test/a.png)`],
    ["an image's title", `seen ![a](http://x.test/a.png '${CANARY}')`],
    ["an unknown attribute", `<p data-x="${CANARY}">seen</p>`],
    ["an attribute over several lines", `<a\n title="\n${CANARY}\n">seen</a>`],
    ["an attribute that is not closed", `seen\n\n<div title="x\n\n${CANARY}`],
    ["a picture's source", `seen <picture><source media="${CANARY}"><img alt="${CANARY}" src="a"></picture>`],
    ["words after a fence's language", `\`\`\`js ${CANARY}\nseen\n\`\`\``],
    ["a word in a language's place", `\`\`\`${CANARY}\nseen\n\`\`\``],
    ["an element that shows nothing", `seen <template>${CANARY}</template>`],
    ["a script", `seen\n\n<script>\n${CANARY}\n</script>\n\nseen`],
    ["a footnote nothing refers to", `seen\n\n[^1]: ${CANARY}\n    ${CANARY}\n\nseen`],
    ["a footnote only a hidden part refers to", `seen\n\n<!-- [^1] -->\n\n[^1]: ${CANARY}`],
    ["a cell beyond the last column", `| seen |\n|---|\n| x | ${CANARY} |`],
  ])("%s", (_, body) => {
    const { text } = visibleText(body);
    expect(text).not.toContain(CANARY);
    expect(text).toContain("seen");
    if (!body.startsWith("| seen")) expect(visibleText(body).hidden).toBeGreaterThan(0);
  });
});

describe("what is seen stays", () => {
  test("folded and small text passes and is labelled (S32)", () => {
    const { text } = visibleText("<details><summary>More</summary>\n\nin <sup>tiny</sup> print\n\n</details>\n\nafter");
    expect(text).toBe("(folded)\nMore\n\nin (small: tiny) print\n\n(end of folded)\n\nafter");
  });

  test("a footnote the text refers to passes", () => {
    expect(visibleText("see[^a]\n\n[^a]: the note")).toEqual({ text: "see[^a]\n\n\\[^a]: the note", hidden: 0 });
  });

  test.each([
    [
      "structure",
      "# Title\n\nText with **bold** and `code`.\n\n- one\n- two\n  - deep\n\n1. a\n2. b\n\n> quoted\n> still\n\n---\n\nend",
    ],
    ["a table", "| a | b |\n| --- | --- |\n| 1 | `x\\|y` |"],
    ["code", "```ts\nconst a: Array<string> = [];\n\n  indented <b>\n```"],
    ["tasks", "- [ ] open\n- [x] done"],
    ["escapes and references", "2 \\* 3 &lt;b&gt; AT&amp;T a < b"],
    ["a bare address", "see https://example.test/a?b=c#d"],
  ])("%s comes out as it went in", (_, body) => {
    expect(visibleText(body)).toEqual({ text: body, hidden: 0 });
  });

  test("a link keeps its text and shows where it leads, an image its place", () => {
    expect(visibleText("[docs](https://x.test/a#b) ![](i.png) <https://y.test>").text).toBe(
      "docs (https://x.test/a#b) [image] https://y.test",
    );
  });
});

const FRAGMENTS = [
  "<!--",
  "-->",
  "<!-",
  "- ",
  "\n",
  "\n\n",
  "<b ",
  'title="x"',
  ">",
  "</b>",
  "[a]",
  ": ",
  "(x)",
  "[^1]",
  "[^1]: n",
  "`",
  "```",
  "![",
  "](",
  ")",
  "<div>",
  "<script>",
  "</script>",
  "&lt;",
  "&#8203;",
  "\\",
  "|",
  "|-|",
  "    ",
  "1. ",
  "# ",
  "word",
  '"',
  "<details>",
  "\u200b",
];

test("its result, given in again, comes out the same (S30)", () => {
  assert(
    property(array(constantFrom(...FRAGMENTS), { maxLength: 24 }), (parts) => {
      const once = visibleText(parts.join("")).text;
      expect(visibleText(once).text).toBe(once);
    }),
    { numRuns: 1000, seed: 7 },
  );
});

describe("hostile text does not make it slow (S37)", () => {
  const patterns = [
    "![",
    "<!--",
    "<!-- -->",
    "[",
    "[[]",
    "[](",
    "<a ",
    "<a b='",
    "</",
    "`",
    "`a``b",
    "[^a]:\n",
    "[^a]",
    "&#8203;",
    "\u200b",
    "> ",
    "- a\n",
    "|a|b\n|-|-\n",
    "<details>",
    "<script>",
  ];
  test.each(patterns)("%s, repeated", (pattern) => {
    const once = time(pattern.repeat(32_768 / pattern.length));
    const eight = time(pattern.repeat(262_144 / pattern.length));
    // Quadratic work would take 64 times as long.
    expect(eight).toBeLessThan(Math.max(3000, once * 30));
  });

  function time(text: string): number {
    const started = performance.now();
    visibleText(text);
    return performance.now() - started;
  }
});
