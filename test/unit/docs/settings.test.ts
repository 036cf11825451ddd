import { expect, test } from "vitest";
import { z } from "zod";
import { settingsJsonSchema } from "../../../src/core/settings/settings-schema.ts";
import { readSettings } from "../../../src/core/settings/settings-file.ts";
import { bare, readDoc, rowsOf } from "./tables.ts";

const doc = readDoc("docs/settings.md");

interface Node {
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly default?: unknown;
}
const Node: z.ZodType<Node> = z.lazy(() =>
  z.object({ properties: z.record(z.string(), Node).optional(), default: z.unknown().optional() }),
);

interface Leaf {
  readonly key: string;
  readonly default: string;
}

/** Settings that hold a value, with their defaults as they would stand in the file; `none` where there is none. */
function leavesOf(node: Node, path: readonly string[]): Leaf[] {
  const { properties } = node;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
  }
  const value =
    node.default === undefined
      ? "none"
      : typeof node.default === "string"
        ? node.default
        : JSON.stringify(node.default);
  return [{ key: path.join("."), default: value }];
}

test("docs/settings.md lists every setting with its default, and no other", () => {
  const known = leavesOf(Node.parse(JSON.parse(settingsJsonSchema())), []);
  expect(known.length).toBeGreaterThan(10);
  const listed = rowsOf(doc, "setting").map((row) => ({ key: bare(row["setting"]), default: bare(row["default"]) }));
  expect(listed).toEqual(known);
});

test("every setting in docs/settings.md has a meaning", () => {
  expect(rowsOf(doc, "setting").filter((row) => (row["meaning"] ?? "").length < 10)).toEqual([]);
});

test("the example files in docs/settings.md are settings files that are accepted", () => {
  const examples = [...doc.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.map((text) => readSettings(text)).filter((reading) => !reading.ok)).toEqual([]);
});
