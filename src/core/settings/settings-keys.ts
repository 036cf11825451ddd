import { editDistance } from "../text/nearest.ts";
import { Settings } from "./settings.ts";

/** Where a setting stands in the file: keys, and positions in lists. */
export type SettingsPath = readonly PropertyKey[];

export const dotted = (path: SettingsPath): string =>
  path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`)).join("");

/** Longer words are far from every key; only so much of one is compared. */
const LONGEST = 60;

/** The known key nearest to a mistyped one, if it is near enough to be meant. */
export function didYouMean(path: SettingsPath, key: string): string {
  const given = key.slice(0, LONGEST).toLowerCase().replaceAll("-", "_");
  const [nearest] = keysAt(path)
    .map((known) => ({ known, distance: editDistance(known, given) }))
    .filter(({ known, distance }) => distance <= Math.max(1, Math.floor(known.length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  if (nearest !== undefined) return `; did you mean ${dotted([...path, nearest.known])}?`;
  return `; known here: ${keysAt(path).join(", ")}`;
}

function keysAt(path: SettingsPath): string[] {
  let value: unknown = Settings.shape;
  for (const part of path) {
    const schema = shapeOf(value)[String(part)];
    value = shapeOf(unwrapped(schema))["shape"];
  }
  return Object.keys(shapeOf(value));
}

/** A schema without the defaults and options around it. */
function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (shapeOf(inner)["shape"] === undefined) {
    const next = shapeOf(shapeOf(inner)["def"])["innerType"];
    if (next === undefined) return {};
    inner = next;
  }
  return inner;
}

const shapeOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
