import { describe, expect, test } from "vitest";
import { readSkill } from "../../../src/core/understanding/skill-file.ts";

const skill = (front: string, body = "Do it so."): string => `---\n${front}\n---\n${body}\n`;

test("name, description and body are read; other keys are let be", () => {
  const text = skill(
    "name: money\ndescription: |\n  How amounts\n  are rounded\nlicense: MIT",
    "\n# Money\n\n---\nIn cents.",
  );
  expect(readSkill(text)).toEqual({
    ok: true,
    name: "money",
    description: "How amounts are rounded",
    body: "# Money\n\n---\nIn cents.",
  });
});

test("line ends of Windows and a byte order mark are no fault", () => {
  expect(readSkill(`\uFEFF${skill("name: a\ndescription: b")}`.replaceAll("\n", "\r\n"))).toMatchObject({ ok: true });
});

describe("a malformed skill is left out, and it is said why", () => {
  test.each([
    ["no front matter", "# Money\n", "first line"],
    ["front matter without an end", "---\nname: money\n", "does not end"],
    ["no YAML", skill("name: [money"), "no YAML"],
    ["aliases, which can multiply without bound", skill("name: &a x\ndescription: *a"), "no YAML without aliases"],
    ["brackets without end", skill("[".repeat(3_900)), "no YAML"],
    ["a list", skill("- name"), "no keys"],
    ["no name", skill("description: b"), "`name`"],
    ["a name with a slash", skill("name: ../etc\ndescription: b"), "`name`"],
    ["a name that is no text", skill("name: 12\ndescription: b"), "`name`"],
    ["no description", skill("name: a"), "`description`"],
    ["an empty description", skill("name: a\ndescription: '  '"), "`description`"],
    ["front matter that is too long", skill(`name: a\ndescription: ${"x".repeat(5_000)}`), "longer than 4000"],
    ["nothing to teach", skill("name: a\ndescription: b", "  "), "nothing below"],
  ])("%s", (_, text, reason) => {
    expect(readSkill(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});
