import { describe, expect, test } from "vitest";
import { subagentTools } from "../../../src/agent/subagent-tools.ts";
import { executorTools, plannerTools, REVIEWER_TOOLS } from "../../../src/agent/toolsets.ts";
import { EXPLORER_TOOLS, ROUTER_TOOLS } from "../../../src/agent/understanding.ts";
import { NOTHING_FURTHER } from "../../../src/tools/further-tools.ts";
import type { Tool } from "../../../src/tools/tool.ts";
import { SUBAGENTS } from "../../../src/tools/wish.ts";

const READING = [
  ["read@1", "none", "path offset limit"],
  ["grep@1", "none", "pattern path glob context ignore_case"],
  ["glob@1", "none", "pattern"],
];
const BASH = ["bash@1", "command", "command timeout"];
const ASK = ["ask@1", "end", "questions"];
const SKILL = ["skill@1", "none", "name"];
const WEB_FETCH = ["web_fetch@1", "none", "url question"];
const submit = (fields: string) => ["submit@1", "end", fields];

const propertiesOf = (schema: Readonly<Record<string, unknown>>): string =>
  Object.keys(schema["properties"] ?? {}).join(" ");

const frozen = (tools: readonly Tool[]) =>
  tools.map(({ name, version, effect, definition }) => [`${name}@${version}`, effect, propertiesOf(definition.schema)]);

const ALL = { skills: true, web: true };
const SETS: readonly (readonly Tool[])[] = [
  ...[NOTHING_FURTHER, ALL].flatMap((further) => [
    plannerTools(further),
    executorTools(further),
    ...SUBAGENTS.map((agent) => subagentTools(agent, further)),
  ]),
  ROUTER_TOOLS,
  EXPLORER_TOOLS,
  REVIEWER_TOOLS,
];

describe("S36 the tools of each stage are these and no others", () => {
  const executor = [
    BASH,
    ...READING,
    ["edit@1", "edit", "path old new replace_all"],
    ["apply_patch@1", "edit", "patch"],
    ["write@1", "edit", "path content"],
    ["todo@1", "none", "items"],
    ["task@1", "command", "agent task"],
    ["consult@1", "none", "question"],
  ];
  const work = submit("summary left_failing");
  const plan = submit("title summary steps paths commands tests risks");
  const findings = submit("answer files conventions unknown");

  test.each([
    ["planner", plannerTools(NOTHING_FURTHER), [...READING, ASK, plan]],
    ["planner with skills and hosts", plannerTools(ALL), [...READING, SKILL, WEB_FETCH, ASK, plan]],
    ["executor", executorTools(NOTHING_FURTHER), [...executor, ASK, work]],
    ["executor with skills and hosts", executorTools(ALL), [...executor, SKILL, WEB_FETCH, ASK, work]],
    ["reviewer", REVIEWER_TOOLS, [...READING, submit("summary findings")]],
    ["router", ROUTER_TOOLS, [submit("kind difficulty reason unclear explore skills")]],
    ["explorer", EXPLORER_TOOLS, [...READING, findings]],
    ["researcher", subagentTools("researcher", { web: false }), [...READING, findings]],
    ["researcher with hosts", subagentTools("researcher", ALL), [...READING, WEB_FETCH, findings]],
    [
      "reader of documentation",
      subagentTools("docs_reader", ALL),
      [...READING, WEB_FETCH, submit("answer quotes unknown")],
    ],
    ["reviewer of code", subagentTools("code_reviewer", ALL), [...READING, submit("summary findings")]],
    ["runner of tests", subagentTools("test_runner", ALL), [BASH, ...READING, submit("command summary failing")]],
  ])("%s", (_, tools, list) => {
    expect(frozen(tools)).toEqual(list);
  });

  test("S28 no tool names an owner or a repository, and only web_fetch takes an address", () => {
    for (const { name, definition } of SETS.flat()) {
      const fields = [...JSON.stringify(definition.schema).matchAll(/"(\w+)":\{"(?:type|description)"/g)].map(
        ([, field]) => field,
      );
      const forbidden = fields.filter((field) =>
        /^(?:owner|repo|repository|url|host|branch|ref|base)$/.test(field ?? ""),
      );
      expect([name, forbidden]).toEqual([name, name === "web_fetch" ? ["url"] : []]);
    }
  });
});

describe("in every set", () => {
  test("there are at most 14 tools, each once, and one way to finish", () => {
    for (const tools of SETS) {
      const names = tools.map(({ name }) => name);
      expect(names.length).toBeLessThanOrEqual(14);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => name === "submit")).toEqual(["submit"]);
    }
  });

  test("every object in every schema is closed", () => {
    const count = (text: string, part: string): number => text.split(part).length - 1;
    for (const { definition } of SETS.flat()) {
      const text = JSON.stringify(definition.schema);
      expect(count(text, '"type":"object"')).toBe(count(text, '"additionalProperties":false'));
    }
  });

  test("a helper has no helpers and asks nobody", () => {
    for (const agent of SUBAGENTS) {
      const names = subagentTools(agent, ALL).map(({ name }) => name);
      expect(names.filter((name) => ["task", "consult", "ask", "skill"].includes(name))).toEqual([]);
    }
  });

  test("the tools are the same bytes for all jobs that have the same things", () => {
    const bytes = (tools: readonly Tool[]): string => JSON.stringify(tools.map(({ definition }) => definition));
    expect(bytes(executorTools({ skills: true, web: false }))).toBe(bytes(executorTools({ skills: true, web: false })));
    expect(bytes(executorTools(ALL))).not.toBe(bytes(executorTools(NOTHING_FURTHER)));
  });
});
