import { array, assert, constantFrom, property } from "fast-check";
import MarkdownIt, { type Token } from "markdown-it";
import { describe, expect, test } from "vitest";
import { defuse, fence, truncateMarkdown } from "../../../src/core/text/defuse.ts";

const options = { mentions: ["alice"], repository: { host: "github.com", owner: "acme", name: "shop" } };
const safe = (text: string): string => defuse(text, options);
const OWN = "https://github.com/acme/shop/";

interface Rendered {
  readonly images: number;
  readonly html: readonly string[];
  readonly links: readonly string[];
  /** Text outside of code, a line each. */
  readonly text: readonly string[];
}

/** What GitHub would make of a comment: with bare addresses as links. Shares no code with what is tested. */
function render(markdown: string): Rendered {
  const tokens = new MarkdownIt({ html: true, linkify: true })
    .parse(markdown, {})
    .flatMap((token): Token[] => [token, ...(token.children ?? [])]);
  const of = (...types: string[]): Token[] => tokens.filter((token) => types.includes(token.type));
  const text = tokens.map((token) =>
    token.type === "text" ? token.content : /break|_open|inline$/.test(token.type) ? "\n" : "",
  );
  return {
    images: of("image").length,
    html: of("html_inline", "html_block").map((token) => token.content),
    links: of("link_open").map((token) => String(token.attrGet("href"))),
    text: text.join("").split("\n"),
  };
}

function expectHarmless(markdown: string): void {
  const { images, html, links, text } = render(markdown);
  expect({ images, html }).toEqual({ images: 0, html: [] });
  expect(links.filter((link) => !link.startsWith(OWN) || /\/(?:issues|pull)\//.test(link))).toEqual([]);
  for (const line of text) {
    expect(line.replaceAll(/@alice(?![\w-])/g, "")).not.toMatch(/@[a-z0-9]/i);
    expect(line).not.toMatch(/#\d|\bgh-\d/i);
  }
  for (const line of markdown.split("\n")) expect(line).not.toMatch(/^\/[a-z]/i);
}

describe("it notifies, closes and commands nothing (S38)", () => {
  test.each([
    ["a user", "thanks @bob", "thanks `@bob`"],
    ["a team", "cc @acme/owners.", "cc `@acme/owners`."],
    ["a bot", "@dependabot rebase", "`@dependabot` rebase"],
    ["a mention at a line's start", "a\n@bob", "a\n`@bob`"],
    ["a mention in two pieces", "&#64;bob @&#98;ob @<!-- -->bob", "`@bob` `@bob` @&lt;!-- -->bob"],
    ["a mention through a link", "@[bob](http://x.test)", "`@bob` (`http://x.test`)"],
    ["an address of mail", "ask bob@x.test", "ask `bob@x.test`"],
    ["a reference", "see #12, acme/other#3 and GH-4", "see `#12`, `acme/other#3` and `GH-4`"],
    ["a commit elsewhere", "evil/repo@0123abc", "`evil/repo@0123abc`"],
    ["a slash command", "/merge", "`/merge`"],
    ["a slash command on a later line", "do\n/retest now", "do\n`/retest` now"],
    ["a slash command in bold", "**/merge**", "**`/merge`**"],
    ["a slash command in a list", "- /merge\n- ok", "- `/merge`\n- ok"],
    ["a slash command in code", "```\n/merge\n```", "```\n /merge\n```"],
    ["a slash command after HTML", "<b></b>\n\n/merge", "&lt;b>&lt;/b>\n\n`/merge`"],
    ["a slash inside a line", "either/or /tmp/x", "either/or /tmp/x"],
  ])("%s", (_, text, expected) => {
    expect(safe(text)).toBe(expected);
    expectHarmless(safe(text));
  });

  test.each(
    ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "Resolved", "FIXES"].flatMap((word) =>
      ["#1", "acme/shop#1", "GH-1", `${OWN}issues/1`, "https://github.com/a/b/issues/1", "**#1**"].map(
        (ref) => `${word}: ${ref}`,
      ),
    ),
  )("%s closes nothing", (text) => {
    expect(safe(text)).not.toMatch(/(?:clos|fix|resolv)\w*:? *(?:#\d|gh-\d|[\w/]+#\d|https:)/i);
    expectHarmless(safe(text));
  });

  test("only the one who asked is mentioned", () => {
    expect(safe("@alice, @Alice: hi")).toBe("@alice, @Alice: hi");
    expect(safe("@alice-x @alice/y x@alice")).toBe("`@alice-x` `@alice/y` `x@alice`");
  });
});

describe("it shows no image and leads nowhere else (S39)", () => {
  test.each([
    ["an inline image", "![a](http://x.test/?d=1)"],
    ["an image by reference", "![a][b]\n\n[b]: http://x.test/?d=1"],
    ["an image element", "<img src='http://x.test/?d=1'>"],
    ["a picture element", '<picture>\n<source srcset="http://x.test/?d=1">\n<img src=x></picture>'],
    ["an image in a link", "[![a](http://x.test/1)](http://x.test/2)"],
    ["an inline link", "[a](http://x.test/?d=1)"],
    ["a link by reference", "[a][b]\n\n[b]: <http://x.test/?d=1> 'title'"],
    ["a link element", '<a href="http://x.test/?d=1">a</a>'],
    ["an autolink", "<http://x.test/?d=1>"],
    ["a bare address", "go to http://x.test/?d=1."],
    ["a bare host", "(www.x.test/?d=1)"],
    ["an address of mail as link", "<mailto:a@x.test>"],
    ["an address without a scheme", "[a](//x.test/?d=1)"],
    ["a script address", "[a](javascript:alert(1)) [b](data:text/html,x)"],
    ["an address that starts like ours", `[a](${OWN.slice(0, -1)}.evil.test/x) ${OWN}../../evil/x`],
    ["an address with our name as user", "https://github.com/acme/shop@evil.test/x"],
    ["a link out of a link's text", `[x\\](http://x.test)\\[y](${OWN}blob/main/a.ts)`],
    ["a link out of a link's text, without scheme", `[x\\](//x.test)\\[y](${OWN}blob/main/a.ts)`],
    ["a diagram", '```mermaid\nclick A href "http://x.test"\n```'],
    ["a formula", "$\\href{http://x.test}{a}$"],
  ])("%s", (_, text) => {
    expectHarmless(safe(text));
    expect(safe(text)).not.toMatch(/^```(?:mermaid|math)/m);
  });

  test("a page that shows this repository's code stays a link", () => {
    const page = `${OWN}blob/main/src/a.ts#L10-L20`;
    expect(safe(`[a](${page}) and ${page}.`)).toBe(`[a](${page}) and <${page}>.`);
    expect(render(safe(`[a](${page}) and ${page}.`)).links).toEqual([page, page]);
  });
});

describe("code stays code, and text stays text", () => {
  test.each([
    ["a stray backtick before a mention", "a ` b @bob ` c"],
    ["an unclosed fence", "```\n@bob"],
    ["a fence of waves around ours", "\\~~~\n\n```\n~~~\n@bob ![](http://x.test)\n```"],
    ["longer marks inside", "````\n```\n@bob\n```\n````\n\n![x](http://x.test)"],
    ["a table that splits code", "a | b\n---|---\n`x|@bob` | ![](http://x.test)"],
    ["a table that only GitHub sees", "`a|b`\n:-|-:\n`x|@bob`|y"],
    ["a quote that ends", "> ```\n> x\n@bob ![](http://x.test)"],
    ["an indented block", "    ![](http://x.test) @bob\n\n@bob"],
    ["spaces as references", "&#32;&#32;&#32;&#32;@bob\n\n&#96;&#96;&#96;\n\n@bob"],
    ["a definition made of text", "\\[a]: http://x.test\n\n[a]"],
    ["HTML made of text", "&lt;img src=x&gt; \\<img src=http://x.test> <im<b>g src=x>"],
  ])("%s", (_, text) => {
    expectHarmless(safe(text));
  });

  test("Markdown that does no harm keeps its form", () => {
    const text =
      "## Why\n\n**Bold** and `code @x` in _text_.\n\n- [ ] open\n- [x] done\n  - deep\n\n1. a\n2. b\n\n> said\n\n```ts\nconst a = 1; // @ts-ignore #1\n```\n\n| a | b |\n| --- | --- |\n| 1 | `x\\|y` |";
    expect(safe(text)).toBe(text);
  });
});

const FRAGMENTS = [
  "@bob",
  "@",
  "bob",
  "#1",
  "fixes ",
  "`",
  "```",
  "~~~",
  "\n",
  "\n\n",
  "![",
  "](http://x.test)",
  "](//x.test)",
  "[",
  "]",
  "<img src=x>",
  "<",
  ">",
  "http://",
  "www.x.test",
  "/merge",
  "|",
  "|-|-|",
  "\\",
  "&#64;",
  "- ",
  "> ",
  "    ",
  "$",
  "*",
  "_",
  "<!--",
  "-->",
  "[a]: http://x.test",
  "1. ",
  " ",
  "\u202E",
];
test("no mixture of these does harm (S38, S39)", () => {
  assert(
    property(array(constantFrom(...FRAGMENTS), { maxLength: 20 }), (parts) => {
      expectHarmless(safe(parts.join("")));
    }),
    { numRuns: 2000, seed: 11 },
  );
});

describe("only printable text is posted (S40)", () => {
  test.each([
    ["colours", "\u001b[1;31mred\u001b[0m", "red"],
    ["a terminal's link", "\u001b]8;;http://x.test\u0007text\u001b]8;;\u0007", "text"],
    ["a terminal's link, other end", "\u001b]8;;http://x.test\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["eight-bit sequences", "\u009b31mred\u009d0;title\u0007", "red"],
    ["a cut sequence", "a\u001b[31", "a"],
    ["a carriage return", "good\rbad", "good\nbad"],
    ["a line end of Windows", "a\r\nb", "a\nb"],
    ["form feed, bell and backspace", "a\u000cb\u0007c\u0008d", "abcd"],
    ["a line separator", "a\u2028b", "a\nb"],
    ["reordering", "a\u202Eb\u2066c", "a(U+202E)b(U+2066)c"],
    ["what is not seen", "a\u200Bb\u{E0041}c", "a(U+200B)b(U+E0041)c"],
  ])("%s", (_, text, expected) => {
    expect(safe(text)).toBe(expected);
    expect(fence(text)).toBe(`\`\`\`\n${expected}\n\`\`\``);
  });
});

describe("hostile text does not make it slow (S37)", () => {
  const patterns = ["![", "[", "@a", "@", "`", "\u001b[", "\u001b]", "/a\n", ")))))", "a.", "<", "http://", "- a\n"];
  test.each(patterns)("%j, repeated", (pattern) => {
    const once = time(pattern.repeat(32_768 / pattern.length));
    const eight = time(pattern.repeat(262_144 / pattern.length));
    // Quadratic work would take 64 times as long.
    expect(eight).toBeLessThan(Math.max(3000, once * 30));
  });

  function time(text: string): number {
    const started = performance.now();
    truncateMarkdown(safe(text));
    return performance.now() - started;
  }
});
