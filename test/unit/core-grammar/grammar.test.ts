import { describe, expect, test } from "vitest";
import { Command } from "../../../src/core/commands.ts";
import { parseCommand } from "../../../src/core/grammar.ts";

describe("S06: a command is the first line of a comment and nothing else", () => {
  const NOT_COMMANDS: readonly (readonly [string, string])[] = [
    ["quoted", "> /approve"],
    ["quoted and answered", "> /approve\n\nyes"],
    ["in a fence", "```\n/approve\n```"],
    ["in a tilde fence", "~~~\n/approve\n~~~"],
    ["indented code", "    /approve"],
    ["in a sentence", "don't /approve this"],
    ["after words", "please\n/approve"],
    ["one space before", " /approve"],
    ["a tab before", "\t/approve"],
    ["in a list", "- /approve"],
    ["in a numbered list", "1. /approve"],
    ["in a heading", "# /approve"],
    ["made a heading by the line below", "/approve\n==="],
    ["made a heading further down", "/approve\nthis\n---"],
    ["made a table by the line below", "/approve | x\n---|---"],
    ["in an HTML comment", "<!-- /approve -->"],
    ["in an HTML comment over lines", "<!--\n/approve\n-->"],
    ["in HTML", "<p>/approve</p>"],
    ["in inline code", "`/approve`"],
    ["bold", "**/approve**"],
    ["a zero-width space inside", "/app\u200Brove"],
    ["a zero-width space before", "\u200B/approve"],
    ["a zero-width space after", "/approve\u200B"],
    ["a byte order mark before", "\uFEFF/approve"],
    ["a no-break space after", "/approve\u00A0now"],
    ["a look-alike slash", "\u2215approve"],
    ["a look-alike letter", "/\u0430pprove"],
    ["another spelling", "/Approve"],
    ["an empty line before", "\n/approve"],
    ["a longer word", "/approved"],
    ["a path", "/plan/files is broken"],
    ["someone else's command", "/lgtm"],
    ["two slashes", "//approve"],
    ["a slash alone", "/"],
    ["nothing", ""],
  ];
  test.each(NOT_COMMANDS)("%s is prose", (_kind, body) => {
    expect(parseCommand(body)).toBeNull();
  });

  test.each([
    ["bare", "/approve"],
    ["with a line end of Windows", "/approve\r\n"],
    ["with spaces after", "/approve  \t"],
    ["with prose below", "/approve\nThank you, this is what I meant.\n\n- one\n- two"],
    ["with a quote of ours below", "/approve\n\n> comment `/approve` or\n> /reject"],
    ["with another command in code below", "/approve\n\n```\n/reject\n```"],
  ])("%s is the command", (_kind, body) => {
    expect(parseCommand(body)).toEqual({ name: "approve", digest: null, budgetUsd: null, model: null });
  });
});

describe("arguments", () => {
  test.each<readonly [string, Command]>([
    ["/plan", { name: "plan", guidance: "", source: "comment" }],
    ["/plan use the old API", { name: "plan", guidance: "use the old API", source: "comment" }],
    ["/plan one\r\n\r\n- two\r\n", { name: "plan", guidance: "one\n\n- two", source: "comment" }],
    ["/revise\n\nname it `greet`", { name: "revise", feedback: "name it `greet`" }],
    ["/reject not now", { name: "reject", reason: "not now" }],
    ["/reject", { name: "reject", reason: "" }],
    ["/answer 42", { name: "answer", text: "42" }],
    ["/stop", { name: "stop" }],
    ["/cancel", { name: "stop" }],
    ["/retry", { name: "retry" }],
    ["/retry from=implement", { name: "retry", from: "implement" }],
    ["/retry model=openai/gpt-5.5", { name: "retry", model: "openai/gpt-5.5" }],
    ["/retry model=m from=prepare\nplease", { name: "retry", from: "prepare", model: "m" }],
    ["/budget $5", { name: "budget", usd: 5 }],
    ["/budget 2.50", { name: "budget", usd: 2.5 }],
    ["/budget\t$0.01 \n\nbecause it is nearly done", { name: "budget", usd: 0.01 }],
    ["/status", { name: "status" }],
    ["/help", { name: "help" }],
    ["/approve 0123456789ab", { name: "approve", digest: "0123456789ab", budgetUsd: null, model: null }],
    ["/approve 0123456789AB", { name: "approve", digest: "0123456789ab", budgetUsd: null, model: null }],
    [
      `/approve  budget=$2.50\t${"a".repeat(64)} model=claude-opus-5-5`,
      { name: "approve", digest: "a".repeat(64), budgetUsd: 2.5, model: "claude-opus-5-5" },
    ],
  ])("%j is understood", (body, command) => {
    expect(parseCommand(body)).toEqual(command);
    expect(Command.parse(command)).toEqual(command);
  });

  test.each([
    "/approve 0123456789a",
    `/approve ${"a".repeat(65)}`,
    "/approve 0123456789ag",
    "/approve looks good",
    "/approve budget=$0",
    "/approve budget=$-1",
    "/approve budget=",
    "/approve budget=1e3",
    "/approve budget=$1 budget=$2",
    "/approve model=",
    "/approve model=a model=b",
    "/approve 0123456789ab ba9876543210",
    "/approve 0123456789ab\u200B",
    "/revise",
    "/answer",
    "/stop now",
    "/budget",
    "/budget $0",
    "/budget $-5",
    "/budget five",
    "/budget $5 now",
    "/budget $5 $6",
    "/budget $1.234",
    "/budget $1000000",
    "/budget 5€",
    "/retry now",
    "/retry from=",
    "/retry from=approval",
    "/retry from=plan from=plan",
    "/retry model=",
    "/retry model=a model=b",
    "/retry stage=plan",
    "/status please",
  ])("%j is answered with what is wrong", (body) => {
    const command = parseCommand(body);
    expect(command).toMatchObject({ name: "unusable", typed: body });
    expect(command).toHaveProperty("problem", expect.stringMatching(/^[A-Z`].+\.$/));
  });

  test.each(["/steer left", "/cost", "/fix", "/rebase", "/docs"])("%j is known to come later", (body) => {
    expect(parseCommand(body)).toMatchObject({
      name: "unusable",
      problem: expect.stringContaining("is not available in this version"),
    });
  });

  test("two commands in one comment are both refused", () => {
    for (const body of [
      "/approve\n/stop",
      "/revise shorter\n\n/approve",
      "/plan\n\ntext\n/fix",
      "/approve\r\n/approve",
    ]) {
      expect(parseCommand(body)).toMatchObject({ name: "unusable", problem: expect.stringContaining("One comment") });
    }
  });

  test("a sentence to answer with never repeats what was typed, and what was typed is cut", () => {
    const command = parseCommand(`/approve \`@everyone ${"x".repeat(500)}`);
    expect(command).toMatchObject({
      name: "unusable",
      typed: expect.stringMatching(/^(?=.*@everyone).{1,120}$/),
      problem: expect.not.stringContaining("everyone"),
    });
  });
});

describe("S37: hostile comments of GitHub's greatest length are read in linear time", () => {
  const fill = (piece: string, head = "/plan x\n"): string => (head + piece.repeat(70_000)).slice(0, 65_536);
  test.each([
    ["quotes", fill("> ")],
    ["quote lines", fill(`${">".repeat(50)}\n`)],
    ["list markers", fill("- ")],
    ["empty list lines", fill("*\n")],
    ["deepening lists", `/plan\n${Array.from({ length: 360 }, (_, depth) => `${" ".repeat(depth)}- a`).join("\n")}`],
    ["open brackets", fill("[a\n", "/plan\n\n")],
    ["open references", fill("[a]: b 'x\n", "/plan\n\n")],
    ["comment openers", fill("<!--")],
    ["tag openers", fill("<a\n", "/plan\n\n")],
    ["fences", fill("```\n")],
    ["bars", fill("|")],
    ["tables", fill("a|b\n-|-\n\n", "/plan\n")],
    ["table rows", fill("|a|b\n", "/plan x | y\n---|---\n")],
    ["paragraph and quote in turn", fill("x\n> y\n")],
    ["spaces in the first line", fill(" ", "/plan")],
    ["words after approve", fill("ab ", "/approve ")],
    ["carriage returns", fill("\r", "/plan")],
    ["image openers", fill("![")],
  ])("%s", (_kind, body) => {
    const started = performance.now();
    parseCommand(body);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("a text no comment can have is not read at all", () => {
    expect(parseCommand(`/plan ${"x".repeat(300_000)}`)).toBeNull();
  });
});
