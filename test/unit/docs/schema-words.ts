import type { z } from "zod";

/*
 * A schema in a few words, as they stand in a table cell: `text`, `number or null`, `list of Change`, `"a", "b"`.
 */

type Definition = z.core.$ZodTypes["_zod"]["def"];

/** Schemas with a name of their own are said by that name. */
export type Names = ReadonlyMap<unknown, string>;

// oxlint-disable-next-line typescript/consistent-type-assertions -- what every schema of zod carries, as a union of all kinds
const definitionOf = (schema: z.core.$ZodType): Definition => (schema as unknown as { readonly def: Definition }).def;

const quoted = (value: unknown): string => (typeof value === "string" ? `"${value}"` : String(value));

export function wordsOf(schema: z.core.$ZodType, names: Names): string {
  const name = names.get(schema);
  if (name !== undefined) return name;
  const def = definitionOf(schema);
  switch (def.type) {
    case "string":
      return "text";
    case "number":
      return "format" in def && def.format === "safeint" ? "whole number" : "number";
    case "boolean":
      return "true or false";
    case "literal":
      return def.values.map(quoted).join(", ");
    case "enum":
      return Object.values(def.entries).map(quoted).join(", ");
    case "nullable":
      return `${wordsOf(def.innerType, names)} or null`;
    case "optional":
      return `${wordsOf(def.innerType, names)}, may be absent`;
    case "array":
      return `list of ${wordsOf(def.element, names)}`;
    case "record":
      return `${wordsOf(def.valueType, names)} by name`;
    case "union":
      return def.options.map((option) => wordsOf(option, names)).join(" or ");
    case "object":
      return `{ ${fieldsOf(schema, names)
        .map(({ field, type }) => `${field}: ${type}`)
        .join("; ")} }`;
    case "lazy":
      return "JSON";
    default:
      return def.type;
  }
}

export interface Field {
  readonly field: string;
  readonly type: string;
}

/** The fields of an object schema; none for other schemas. */
export function fieldsOf(schema: z.core.$ZodType, names: Names): Field[] {
  const def = definitionOf(schema);
  if (def.type !== "object") return [];
  return Object.entries(def.shape).map(([field, type]) => ({ field, type: wordsOf(type, names) }));
}
