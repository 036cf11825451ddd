import { expect, test } from "vitest";
import * as rules from "../support/rules.ts";
import { parseSource } from "../support/source.ts";

/** Each rule with a small file that breaks it and one that is close to it and does not. */
const SAMPLES: readonly (readonly [
  name: string,
  rule: rules.Rule,
  bad: readonly [string, string],
  good: readonly [string, string],
])[] = [
  [
    "core imports no port",
    rules.layers,
    ["src/core/a.ts", 'import type { A } from "../ports/a.ts";'],
    ["src/core/a.ts", 'import { z } from "zod";'],
  ],
  [
    "core imports no built-in",
    rules.layers,
    ["src/core/a.ts", 'import { x } from "node:crypto";'],
    ["src/core/digest.ts", 'import { x } from "node:crypto";'],
  ],
  [
    "a driver imports no other driver",
    rules.layers,
    ["src/queue/a.ts", 'import { x } from "../journal/a.ts";'],
    ["src/queue/a.ts", 'import { x } from "../ports/a.ts";'],
  ],
  [
    "a driver imports no other's vendor",
    rules.layers,
    ["src/queue/a.ts", 'import { x } from "kysely";'],
    ["src/journal/a.ts", 'import { x } from "kysely";'],
  ],
  [
    "run imports no driver",
    rules.layers,
    ["src/run/a.ts", 'export { x } from "../github/a.ts";'],
    ["src/run/a.ts", 'import { x } from "../agent/a.ts";'],
  ],
  [
    "an import by expression counts",
    rules.layers,
    ["src/run/a.ts", 'const a = await import("../github/a.ts");'],
    ["src/app/a.ts", 'const a = await import("../github/a.ts");'],
  ],
  [
    "an imported type counts",
    rules.layers,
    ["src/run/a.ts", 'type A = import("../github/a.ts").A;'],
    ["src/run/a.ts", 'type A = import("../core/a.ts").A;'],
  ],
  ["a file outside the layers is found", rules.layers, ["src/other/a.ts", ""], ["src/core/a.ts", ""]],
  [
    "app is imported by nobody",
    rules.nobodyImportsApp,
    ["src/run/a.ts", 'import { x } from "../app/a.ts";'],
    ["src/app/b.ts", 'import { x } from "./a.ts";'],
  ],
  [
    "a file of 251 lines is too long",
    rules.fileLength,
    ["src/core/a.ts", "//\n".repeat(251)],
    ["src/core/a.ts", "//\n".repeat(250)],
  ],
  [
    "a function of 71 lines is too long",
    rules.functionLength,
    ["src/core/a.ts", `const f = () => {${"\n".repeat(70)}};`],
    ["src/core/a.ts", `const f = () => {${"\n".repeat(69)}};`],
  ],
  [
    "a method's four parameters are too many",
    rules.parameters,
    ["src/core/a.ts", "class A { f(a: 1, b: 1, c: 1, d: 1) {} }"],
    ["src/core/a.ts", "class A { f(a: 1, b: 1, { c, d }: B) {} }"],
  ],
  [
    "eleven own imports are too many",
    rules.ownImportCount,
    ["src/core/a.ts", imports(11)],
    ["src/core/a.ts", imports(10)],
  ],
  [
    "any is found in a type",
    rules.noAny,
    ["src/core/a.ts", "const a: any[] = [];"],
    ["src/core/a.ts", 'const any = "any"; // any'],
  ],
  [
    "a bare Error is found",
    rules.noBareErrors,
    ["src/core/a.ts", 'throw new Error("x");'],
    ["src/core/a.ts", '// new Error("x")\nthrow new JourneymanError("internal");'],
  ],
  [
    "process.env is found",
    rules.environmentOnlyInConfig,
    ["src/run/a.ts", "const a = process.env.A;"],
    ["src/app/config.ts", "const a = process.env.A;"],
  ],
  [
    "a module mock is found",
    rules.noModuleMocks,
    ["test/unit/a.test.ts", 'vi.mock("x");'],
    ["test/unit/a.test.ts", "vi.fn();"],
  ],
  [
    "a test held back is found",
    rules.noHeldBackTests,
    ["test/unit/a.test.ts", 'test.only("x", () => {});'],
    ["test/unit/a.test.ts", 'test.each([])("only", () => {});'],
  ],
  [
    "a default export is found",
    rules.noDefaultExports,
    ["src/core/a.ts", "export default 1;"],
    ["vitest.config.ts", "export default 1;"],
  ],
  [
    "a file that only passes on is a barrel",
    rules.noBarrels,
    ["src/core/a.ts", 'export { b } from "./b.ts";'],
    ["src/core/a.ts", 'export { b } from "./b.ts";\nexport const a = 1;'],
  ],
  ["a drawer folder is found", rules.noDrawerFolders, ["src/core/utils/a.ts", ""], ["src/core/a.ts", ""]],
  [
    "long files move the median",
    rules.proportions,
    ["src/core/a.ts", "//\n".repeat(121)],
    ["src/core/a.ts", "//\n".repeat(120)],
  ],
];

function imports(count: number): string {
  return Array.from({ length: count }, (_, index) => `import { x${index} } from "./x${index}.ts";`).join("\n");
}

test.each(SAMPLES)("%s", (_, rule, bad, good) => {
  expect(rule([parseSource(...bad)])).toHaveLength(1);
  expect(rule([parseSource(...good)])).toEqual([]);
});

test("a cycle is found, also when only types go round", () => {
  const a = parseSource("src/core/a.ts", 'import type { B } from "./b.ts";');
  const b = parseSource("src/core/b.ts", 'import type { C } from "./c.ts";');
  const c = parseSource("src/core/c.ts", 'import type { A } from "./a.ts";');
  expect(rules.cycles([a, b, c])).toEqual(["src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts"]);
  expect(rules.cycles([a, b])).toEqual([]);
});
