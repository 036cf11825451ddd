import { z } from "zod";
import { RunEvent } from "./events.ts";
import { ArtifactDigest, Digest } from "./ids.ts";

/*
 * Which artifacts a fact names, read off the schemas: whatever is declared as `ArtifactDigest` counts, so a new fact cannot be forgotten.
 * Free JSON (what is lazy in a schema) names none.
 */

/** Finds what one schema declares in a value that fits it. */
type Finder = (value: unknown, found: Set<Digest>) => void;

const named: Finder = (value, found) => {
  const digest = Digest.safeParse(value);
  if (digest.success) found.add(digest.data);
};

function inFields(shape: Readonly<Record<string, unknown>>): Finder | null {
  const fields = Object.entries(shape).flatMap(([name, schema]): [string, Finder][] => {
    const finder = finderOf(schema);
    return finder === null ? [] : [[name, finder]];
  });
  if (fields.length === 0) return null;
  return (value, found) => {
    if (typeof value !== "object" || value === null) return;
    const values = new Map<string, unknown>(Object.entries(value));
    for (const [name, finder] of fields) finder(values.get(name), found);
  };
}

function inItems(schema: unknown): Finder | null {
  const finder = finderOf(schema);
  if (finder === null) return null;
  return (value, found) => {
    if (typeof value !== "object" || value === null) return;
    for (const item of Object.values(value)) finder(item, found);
  };
}

/** A value fits one of the options; looking for what the others declare finds nothing in it that is not there. */
function inOptions(options: readonly unknown[]): Finder | null {
  const finders = options.map(finderOf).filter((finder) => finder !== null);
  return finders.length === 0 ? null : (value, found) => finders.forEach((finder) => finder(value, found));
}

function finderOf(schema: unknown): Finder | null {
  if (schema === ArtifactDigest) return named;
  if (schema instanceof z.ZodObject) return inFields(schema.shape);
  if (schema instanceof z.ZodArray) return inItems(schema.element);
  if (schema instanceof z.ZodRecord) return inItems(schema.valueType);
  if (schema instanceof z.ZodUnion) return inOptions(schema.options);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return finderOf(schema.unwrap());
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return finderOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return inOptions([schema.in, schema.out]);
  return null;
}

const FINDERS = new Map<string, Finder>(
  RunEvent.options.flatMap((option): [string, Finder][] => {
    const finder = finderOf(option);
    return finder === null ? [] : [[option.shape.type.value, finder]];
  }),
);

/** Types of the facts that can name artifacts. */
export const REFERRING: readonly string[] = [...FINDERS.keys()];

/** Adds the artifacts that a fact names, given as it is stored. */
export function findReferences(type: string, body: unknown, found: Set<Digest>): void {
  FINDERS.get(type)?.(body, found);
}
