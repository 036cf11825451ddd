import { Settings } from "./settings.ts";

/** Where a setting stands in the file: keys, and positions in lists. */
export type SettingsPath = readonly PropertyKey[];

export const dotted = (path: SettingsPath): string =>
  path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`)).join("");

/** The known key nearest to a mistyped one, if it is near enough to be meant. */
export function didYouMean(path: SettingsPath, key: string): string {
  const [nearest] = keysAt(path)
    .map((known) => ({ known, distance: editDistance(known, key.toLowerCase().replaceAll("-", "_")) }))
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

/** Letters to change, add or drop to get from one word to the other; words longer than 40 characters are far from all. */
function editDistance(a: string, b: string): number {
  if (b.length > 40) return 40;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
