type Json = Readonly<Record<string, unknown>>;

/** Attempts at parsing in one text: a line that only looks like a report costs its length. */
const MAX_TRIES = 8;
const MIN_LINE = 40;

export const recordOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

export function parseRecord(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? recordOf(value) : null;
  } catch {
    return null;
  }
}

/** The JSON objects that stand in an output on a line of their own, or over all lines from the first `{` to the last `}`. */
export function reportsIn(text: string, marker: string): Json[] {
  if (!text.includes(marker)) return [];
  const lines = text
    .split("\n")
    .filter((line) => line.length >= MIN_LINE && line.startsWith("{") && line.includes(marker));
  const found = lines
    .slice(0, MAX_TRIES)
    .map(parseRecord)
    .filter((report) => report !== null);
  if (found.length > 0) return found;
  const start = text.startsWith("{") ? 0 : text.indexOf("\n{") + 1;
  const whole = parseRecord(text.slice(start, text.lastIndexOf("}") + 1));
  return whole === null ? [] : [whole];
}
