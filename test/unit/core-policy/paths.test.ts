import { describe, expect, test } from "vitest";
import { checkBasePath, checkPath, displayPath, gitPartOf } from "../../../src/core/change/paths.ts";

const REFUSED: readonly [name: string, path: string][] = [
  ["the empty name", ""],
  ["a parent", "../x"],
  ["a parent in the middle", "a/../../x"],
  ["the folder itself", "a/./b"],
  ["an absolute path", "/etc/passwd"],
  ["an empty part", "a//b"],
  ["a trailing slash", "a/"],
  ["NUL", "a\0.txt"],
  ["a line break", "a\nb"],
  ["a carriage return", "a\rb"],
  ["an escape character", "a\u001b[31mb"],
  ["a line separator", "a\u2028b"],
  ["a backslash", "a\\b"],
  ["git's directory", ".git/config"],
  ["git's directory, nested", "a/.git/hooks/pre-commit"],
  ["git's directory in capitals", ".GIT/config"],
  ["git's directory in mixed case", ".gIt"],
  ["git's directory with an ignorable", ".git\u200c/config"],
  ["git's directory with an ignorable inside", ".g\u200bit/config"],
  ["git's directory in full-width letters", ".ｇｉｔ/config"],
  ["git's short name", "git~1/config"],
  ["git's short name in capitals", "GIT~2"],
  ["git's directory with a trailing dot", ".git./config"],
  ["git's directory with trailing blanks", ".git  /config"],
  ["git's directory as a stream", ".git::$INDEX_ALLOCATION/config"],
  ["a trailing dot", "a./b"],
  ["a trailing blank", "docs/a "],
  ["a device with an extension", "src/aux.txt"],
  ["a device", "con"],
  ["a device in capitals", "COM1.log"],
  ["a device with a superscript", "lpt².txt"],
  ["a part of 300 bytes", "x".repeat(300)],
  ["a part of 256 bytes in few characters", "é".repeat(128)],
  ["a path of more than 1,024 bytes", Array.from({ length: 30 }, () => "x".repeat(40)).join("/")],
  ["65 levels", Array.from({ length: 65 }, () => "d").join("/")],
  ["a right-to-left override", "a\u202Egpj.exe"],
  ["an isolate", "a\u2066b"],
  ["a zero-width space", "a\u200Bb"],
  ["a soft hyphen", "a\u00ADb"],
  ["a tag character", "a\u{E0041}b"],
  ["half a surrogate pair", "a\uD800"],
  ["a replaced byte", "a\uFFFDb"],
];

const ALLOWED = [
  "README.md",
  "src/a b/c.ts",
  "src/[id]/page.tsx",
  "über/naïve.txt",
  "docs/日本語.md",
  ".gitignore",
  ".github/journeyman.yml",
  "git/notes.md",
  "digit~1/x",
  "console.ts",
  "auxiliary/nul_test.c",
  "a..b/c...d",
  "-rf",
  Array.from({ length: 64 }, () => "d").join("/"),
];

describe("checkPath", () => {
  test.each(REFUSED)("S54: refuses %s", (_, path) => {
    const verdict = checkPath(path);
    expect(verdict.ok).toBe(false);
    expect(verdict.ok ? "" : verdict.reason).toMatch(/^(is|has|contains) /);
  });

  test.each(ALLOWED)("lets %s pass unchanged", (path) => {
    expect(checkPath(path)).toEqual({ ok: true, path });
  });
});

describe("checkBasePath", () => {
  test.each(["drivers/i2c/aux.c", "units/dev-disk\\x2d.device", "odd name.", "left\u200Eright"])(
    "lets the repository keep its own odd name %j",
    (path) => {
      expect(checkBasePath(path).ok).toBe(true);
      expect(checkPath(path).ok).toBe(false);
    },
  );

  test.each(["../x", "/x", "a/.GIT/x", "git~1", "a\0b", "", "x".repeat(256)])("S75: refuses %j", (path) => {
    expect(checkBasePath(path).ok).toBe(false);
  });
});

test("gitPartOf names the folder that reads as git's", () => {
  expect(gitPartOf("vendor/lib/.GIT/hooks/x")).toBe("vendor/lib/.GIT");
  expect(gitPartOf("vendor/lib/git/x")).toBeNull();
});

test("displayPath leaves nothing hidden and nothing that ends a code span", () => {
  expect(displayPath("a\u202Eb`c\nd")).toBe("a\\u{202e}b\\u{60}c\\u{a}d");
  expect(displayPath("x".repeat(300))).toHaveLength(201);
});
