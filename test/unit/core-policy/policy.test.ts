import { describe, expect, test } from "vitest";
import type { ChangeToJudge, JudgedFile } from "../../../src/core/change/policy.ts";
import { CHANGE_LIMITS, isSensitive, judgeChange, outsidePlan } from "../../../src/core/change/policy.ts";

const file = (path: string, more: Partial<JudgedFile> = {}): JudgedFile => ({
  path,
  mode: "100644",
  size: more.bytes?.byteLength ?? 10,
  status: "added",
  ...more,
});
const judge = (change: Partial<ChangeToJudge>) =>
  judgeChange({ files: [], deleted: [], refused: [], protectedGlobs: [], ...change });
const text = (content: string) => new TextEncoder().encode(content);

test("an ordinary change is publishable and nothing in it is sensitive", () => {
  const judged = judge({ files: [file("src/a.ts", { bytes: text("x = 1\n") })], deleted: ["src/b.ts"] });
  expect(judged).toEqual({ verdict: "publishable", reasons: [], sensitive: [] });
});

describe("S49: GitHub's automation is never changed", () => {
  const spellings = [
    ".github/workflows/ci.yml",
    ".github/actions/x/action.yml",
    ".GitHub/Workflows/ci.yml",
    ".github/workflows/ci.yml".normalize("NFD"),
    ".git\u200Chub/workflows/ci.yml",
    ".github/work\u00ADflows/ci.yml",
    ".github./workflows/ci.yml",
    ".github/workflows /ci.yml",
    ".github\\workflows\\ci.yml",
    ".ｇｉｔｈｕｂ/workflows/ci.yml",
    ".github/workflow\u017F/ci.yml",
    ".github/workflows",
  ];
  test.each(spellings)("%j", (path) => {
    for (const change of [
      { files: [file(path)] },
      { files: [file(path, { status: "modified" })] },
      { deleted: [path] },
    ]) {
      const judged = judge(change);
      expect(judged.verdict).toBe("refused");
      expect(judged.reasons.join("\n")).toContain("automation");
    }
  });
  test("a folder of that name elsewhere is ordinary", () => {
    expect(judge({ files: [file("docs/.github/workflows/a.yml")] }).verdict).toBe("publishable");
  });
});

const SENSITIVE = [
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
  "AGENTS.md",
  "packages/a/AGENTS.md",
  "CLAUDE.md",
  "claude.md",
  ".claude/settings.json",
  "packages/a/.claude/settings.json",
  ".cursor/rules",
  ".vscode/tasks.json",
  "packages/a/.vscode/tasks.json",
  ".devcontainer/devcontainer.json",
  ".husky/pre-commit",
  ".githooks/pre-push",
  ".gitattributes",
  "src/.gitattributes",
  ".npmrc",
  "packages/a/.npmrc",
  ".github/journeyman.yml",
  ".github/dependabot.yml",
  ".circleci/config.yml",
];
test.each(SENSITIVE)("S50: %s is listed for the reviewer and does not stop the change", (path) => {
  expect(judge({ files: [file(path)] })).toMatchObject({ verdict: "publishable", sensitive: [path] });
  expect(judge({ deleted: [path] }).sensitive).toEqual([path]);
});

test.each(["src/agents.ts", ".eslintrc.json", "src/.env.example", "claude/x.md"])("%s is not sensitive", (path) => {
  expect(isSensitive(path)).toBe(false);
});

test("S53: a change to .gitmodules is refused", () => {
  expect(judge({ files: [file(".gitmodules")] }).verdict).toBe("refused");
  expect(judge({ deleted: [".gitModules"] }).verdict).toBe("refused");
});

test("S54: a new file with a bad name is refused, an old one may be changed or deleted", () => {
  expect(judge({ files: [file("src/aux.c")] }).verdict).toBe("refused");
  expect(judge({ files: [file("src/aux.c", { status: "modified" })], deleted: ["a\\b"] }).verdict).toBe("publishable");
});

test("S52: a refused entry refuses the change and its sentence names path and target", () => {
  const refused = [{ path: "link", reason: "symlink" as const, detail: "/etc/passwd" }];
  expect(judge({ refused })).toMatchObject({
    verdict: "refused",
    reasons: ["`link` is a symbolic link, which is never committed (`/etc/passwd`)"],
  });
});

test("S56: each limit is a reason of its own, and what just fits passes", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => file(`f${index}`));
  expect(judge({ files: many(99), deleted: ["x"] }).verdict).toBe("publishable");
  expect(judge({ files: many(100), deleted: ["x"] }).reasons).toEqual([
    "It touches 101 files; at most 100 are allowed",
  ]);
  const mib = CHANGE_LIMITS.fileBytes;
  const sized = (count: number, size: number) => Array.from({ length: count }, (_, i) => file(`f${i}`, { size }));
  expect(judge({ files: sized(4, mib) }).verdict).toBe("publishable");
  expect(judge({ files: sized(5, mib) }).reasons).toHaveLength(1);
  expect(judge({ files: sized(1, mib + 1) }).reasons[0]).toContain("a file");
});

test("the list of reasons is bounded however much is wrong", () => {
  const deleted = Array.from({ length: 90 }, (_, index) => `.github/workflows/${index}.yml`);
  expect(judge({ deleted }).reasons).toHaveLength(21);
});

test.each([
  ["db/**", "db/schema.sql"],
  ["db", "db/schema.sql"],
  ["*.lock", "packages/a/yarn.lock"],
  ["Makefile", "makefile"],
  ["src/{a,b}.ts", "src/b.ts"],
])("the settings' glob %s protects %s", (glob, path) => {
  const judged = judge({ files: [file(path, { status: "modified" })], protectedGlobs: [glob] });
  expect(judged).toMatchObject({ verdict: "refused" });
  expect(judged.reasons[0]).toContain(`(\`${glob}\`)`);
  expect(judge({ files: [file("other.txt")], protectedGlobs: [glob] }).verdict).toBe("publishable");
});

describe("S57: text that reads differently from what a compiler sees", () => {
  test.each([
    ["an override", "if (x\u202E) {"],
    ["an isolate", "// \u2066 admin"],
    ["a zero-width space in a name", "let a\u200Bb = 1"],
    ["a tag character", "// hi\u{E0041}"],
    ["a joiner in a name", "let us\u200Der = 1"],
    ["a Hangul filler", "const \u3164 = 1"],
    ["a soft hyphen", "let pass\u00ADword"],
    ["a backspace", "ok\b\b\bno"],
  ])("%s is refused, with its line", (_, line) => {
    const judged = judge({ files: [file("a.ts", { bytes: text(`first\n${line}\n`) })] });
    expect(judged.verdict).toBe("refused");
    expect(judged.reasons[0]).toContain("on line 2");
  });

  test.each([
    ["right-to-left letters", "שלום عليكم"],
    ["an emoji of several", "👩‍👩‍👧 ❤️ 1️⃣"],
    ["a joiner between Persian letters", "می‌خواهم"],
    ["a byte order mark at the start", "\uFEFFusing System;"],
    ["colours in a fixture", "\u001b[31mred\u001b[0m"],
  ])("%s is let be", (_, line) => {
    expect(judge({ files: [file("a.txt", { bytes: text(line) })] }).reasons).toEqual([]);
  });

  test("a line the base tree has already is not judged again", () => {
    const before = text("old \u202E line\n");
    const bytes = text("new\nold \u202E line\n");
    expect(judge({ files: [file("a", { status: "modified", bytes, before })] }).verdict).toBe("publishable");
    expect(judge({ files: [file("a", { status: "modified", bytes })] }).verdict).toBe("refused");
  });

  test("an identifier of mixed scripts is listed, not refused", () => {
    const bytes = text("const pаssword = 1;\n");
    expect(judge({ files: [file("a.ts", { bytes })] })).toMatchObject({ verdict: "publishable", sensitive: ["a.ts"] });
  });

  test("bytes that are no text are not read as text", () => {
    expect(judge({ files: [file("a.png", { bytes: new Uint8Array([0x89, 0, 0xe2, 0x80, 0xae]) })] }).reasons).toEqual(
      [],
    );
  });
});

test("outsidePlan lists what the plan did not name", () => {
  const paths = ["src/b.ts", "src/deep/a.ts", "README.md", "test/x.test.ts"];
  expect(outsidePlan(paths, ["src/deep", "test/**"])).toEqual(["README.md", "src/b.ts"]);
});
