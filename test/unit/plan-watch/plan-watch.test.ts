import { describe, expect, test } from "vitest";
import { isPastWatching, languagesOf, planFault } from "../../../src/core/plan-watch.ts";
import { PLAN } from "../../support/story.ts";

const ENGLISH =
  "The total of an invoice is wrong when the discount is not a whole number. It should be rounded, and the tests that exist for it are not enough.";
const GERMAN =
  "Die Summe der Rechnung ist falsch, wenn der Rabatt nicht ganz ist. Sie muss gerundet werden, und die Tests für den Fall sind nicht da.";
const CHINESE = "发票的总金额在折扣不是整数时不正确，应该四舍五入到两位小数，并且需要补充测试。";
const RUSSIAN =
  "Сумма счёта неверна, когда скидка не целая. Её нужно округлять до копеек, и добавить тесты на этот случай.";

const rules = (...texts: string[]) => ({ languages: languagesOf(texts), protectedGlobs: ["infra/**", "*.pem"] });
const written = (summary: string, paths: string[] = ["src/a.ts"]): string =>
  JSON.stringify({ ...PLAN, title: summary.slice(0, 60), summary, paths });

describe("the language of a plan", () => {
  test.each([
    ["Chinese or Japanese", CHINESE, "English", ENGLISH],
    ["Cyrillic", RUSSIAN, "English", ENGLISH],
    ["English", ENGLISH, "Chinese or Japanese", CHINESE],
    ["German", GERMAN, "English", ENGLISH],
    ["English", ENGLISH, "German", GERMAN],
  ])("a plan in %s is ended when people wrote in another: %#", (name, plan, theirs, issue) => {
    const fault = planFault(written(plan), rules(issue));
    expect(fault).toContain(`written in ${name}`);
    expect(fault).toContain(`wrote in ${theirs}`);
  });

  test("it is seen long before the plan is whole", () => {
    const json = written(CHINESE.repeat(20));
    const at = Array.from({ length: json.length }, (_, end) => end).find((end) =>
      planFault(json.slice(0, end), rules(ENGLISH)),
    );
    expect(at).toBeLessThan(60);
  });

  test.each([
    ["the same language", ENGLISH, [ENGLISH]],
    ["a language of one of them", ENGLISH, [CHINESE, ENGLISH]],
    ["an issue too short to tell", CHINESE, ["Crash"]],
    ["a request too short to tell", ENGLISH, [CHINESE, "in English"]],
    ["an issue of nothing but code", CHINESE, ["```\nfor (const it of the) { and(of, to) }\n```"]],
    ["a plan too short to tell", "修复", [ENGLISH]],
    ["Latin words without small ones", "Number.EPSILON round Math tests discount invoice total amount", [GERMAN]],
    [
      "English names of code in another language",
      `${CHINESE} \`computeTotal(invoice)\` src/invoice/total.ts`,
      [CHINESE],
    ],
  ])("nothing is ended on a guess: %s", (_, plan, texts) => {
    expect(planFault(written(plan), rules(...texts))).toBeNull();
  });
});

describe("the paths of a plan", () => {
  test.each([
    [".github/workflows/ci.yml", "GitHub's automation"],
    ["./.github/workflows/", "GitHub's automation"],
    [".GitHub/Workflows/ci.yml", "GitHub's automation"],
    [".git/config", "reads as `.git`"],
    ["src/../../etc/passwd", "`..`"],
    ["infra/prod/main.tf", "protected by the settings"],
    ["certs/server.pem", "protected by the settings"],
    [".gitmodules", "submodules"],
  ])("%s ends it", (path, why) => {
    expect(planFault(written(ENGLISH, ["src/a.ts", path]), rules(ENGLISH))).toContain(why);
  });

  test.each(["src/a.ts", "src/**", "./src/a.ts", ".github/dependabot.yml", ".gitignore", "**/*.ts", "docs/"])(
    "%s does not",
    (path) => {
      expect(planFault(written(ENGLISH, [path]), rules(ENGLISH))).toBeNull();
    },
  );

  test("a path is judged once it is whole, and before the rest has come", () => {
    const json = written(ENGLISH, [".github/workflows/ci.yml", "src/a.ts"]);
    const end = json.indexOf("ci.yml") + "ci.yml".length;
    expect(planFault(json.slice(0, end), rules(ENGLISH))).toBeNull();
    expect(planFault(json.slice(0, end + 1), rules(ENGLISH))).toContain("ci.yml");
  });
});

test("a plan is past watching when title, summary and paths have come whole", () => {
  const json = JSON.stringify(PLAN);
  expect(isPastWatching(json.slice(0, json.indexOf('"paths"')))).toBe(false);
  expect(isPastWatching(json.slice(0, json.indexOf('"commands"')))).toBe(false);
  expect(isPastWatching(json)).toBe(true);
  expect(isPastWatching('{"paths":["a"],"steps":["b"],')).toBe(false);
});
