import { describe, expect, test } from "vitest";
import { fence, plainLine, truncateMarkdown } from "../../../src/core/text/defuse.ts";

test("a title or a log entry is one line, as long as it may be, and refers to nothing", () => {
  expect(plainLine("Fix\r\n\u001b[31m the @bob bug, closes #1 and GH-2 \u0000", 100)).toBe(
    "Fix the @ bob bug, closes # 1 and GH 2",
  );
  expect(plainLine("a".repeat(200), 100)).toBe(`${"a".repeat(99)}…`);
});

describe("a code block around anything", () => {
  test("is longer than any mark inside", () => {
    expect(fence("a\n`````\nb", "diff")).toBe("``````diff\na\n`````\nb\n``````");
  });
  test("is drawn by nobody", () => {
    expect(fence("a", "mermaid")).toBe("```\na\n```");
    expect(fence("a", "x y")).toBe("```\na\n```");
  });
});

describe("a text that is too long", () => {
  const block = (index: number): string => `Paragraph ${index} ${"word ".repeat(30)}\n\n`;
  const long = Array.from({ length: 100 }, (_, index) => block(index)).join("");

  test("is cut between blocks, says so, and keeps within the bound", () => {
    const cut = truncateMarkdown(long, 4000);
    expect(cut.length).toBeLessThanOrEqual(4000);
    expect(cut.length).toBeGreaterThan(3000);
    expect(cut).toMatch(/word\n\n\*Shortened/);
    expect(truncateMarkdown(long, long.length)).toBe(long);
  });

  test("leaves no code block and no folded section open", () => {
    const cut = truncateMarkdown(
      `intro\n\n<details>\n\n\`\`\`\`js\n${"let a = 1;\n".repeat(500)}\`\`\`\`\n\n</details>`,
      1000,
    );
    expect(cut).toMatch(/let a = 1;\n````\n\n<\/details>\n\n\*Shortened/);
    expect(cut.length).toBeLessThanOrEqual(1000);
  });

  test("of one line is cut inside it", () => {
    expect(truncateMarkdown("x".repeat(5000), 1000)).toMatch(/^x+\n\n\*Shortened/);
    expect(truncateMarkdown("👍".repeat(2500), 1000)).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });
});
