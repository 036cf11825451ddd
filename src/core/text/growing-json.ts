/*
 * The beginning of a JSON object whose values are texts or lists of texts, read before its end has come. Whatever else stands in it
 * is passed over. Linear in the length of the text.
 */

export interface GrowingText {
  readonly text: string;
  /** Its closing quote has come. */
  readonly whole: boolean;
}

/** The texts of each key so far, in order. */
export type GrowingObject = ReadonlyMap<string, readonly GrowingText[]>;

/** A text, whole or as far as it goes; a mark; or a run of anything else (numbers, blanks). */
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[{}[\]:,]|[^"{}[\]:,]+/gsu;

export function readGrowing(json: string): GrowingObject {
  const found = new Map<string, GrowingText[]>();
  const open: string[] = [];
  let key: string | null = null;
  for (const [token] of json.matchAll(TOKEN)) {
    const inObject = open.length === 1;
    if (token === "{" || token === "[") open.push(token);
    else if (token === "}" || token === "]") open.pop();
    else if (token === "," && inObject) key = null;
    else if (token.startsWith('"')) {
      const text = textOf(token);
      // A key stands in the object itself, and only a key stands there without one before it.
      if (key === null && inObject) {
        if (text.whole) found.set((key = text.text), []);
      } else if (key !== null && (inObject || (open.length === 2 && open[1] === "["))) found.get(key)?.push(text);
    }
  }
  return found;
}

function textOf(token: string): GrowingText {
  const whole = token.length > 1 && isClosed(token);
  if (whole) return { text: unquoted(token) ?? "", whole };
  // An escape that has not come whole is left out.
  const cut = token.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/u, "");
  return { text: unquoted(`${cut}"`) ?? "", whole };
}

/** Ends in a quote that is not itself escaped. */
const isClosed = (token: string): boolean => /(?:^|[^\\])(?:\\\\)*"$/su.test(token.slice(1));

function unquoted(token: string): string | null {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
