/*
 * Characters that make text read differently from what a compiler sees (CVE-2021-42574 and its kin). Only lines that the
 * change adds are judged: what a repository already holds is its own.
 */

/** Direction marks, overrides and isolates. */
const BIDI = /\p{Bidi_Control}/u;
/** Characters that show nothing. The two joiners and the emoji selectors have honest uses and are judged by their neighbours. */
const INVISIBLE = /(?!\u200C|\u200D|\uFE0E|\uFE0F)\p{Default_Ignorable_Code_Point}/u;
const JOINER_AT_ASCII = /[\x20-\x7E][\u200C\u200D]|[\u200C\u200D][\x20-\x7E]|^[\u200C\u200D]|[\u200C\u200D]$/u;
const CONTROL = /[\x00-\x08\x0B\x0E-\x1A\x1C-\x1F\x7F]/u; // eslint-disable-line no-control-regex
const WORD = /[\p{L}\p{N}_$]+/gu;
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const LATIN = /\p{Script=Latin}/u;

export interface Hazard {
  readonly kind: "direction" | "invisible" | "mixed_script";
  /** 1-based line of the new text. */
  readonly line: number;
}

function kindOf(line: string): Hazard["kind"] | null {
  if (BIDI.test(line)) return "direction";
  if (INVISIBLE.test(line) || JOINER_AT_ASCII.test(line) || CONTROL.test(line)) return "invisible";
  const words = line.match(WORD) ?? [];
  return words.some((word) => LATIN.test(word) && LOOKALIKE.test(word)) ? "mixed_script" : null;
}

/** Plain ASCII has none of these but control characters, and most text is plain. */
const SUSPECT = /[^\t\n\f\r\x1B\x20-\x7E]/u; // eslint-disable-line no-control-regex

/** A file with a NUL in its first 8,000 bytes is not text, as git has it. */
export const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 8000).includes(0);

/**
 * The hazards in lines of `after` that `before` does not have. A byte order mark at the very start is let be.
 * @param before null for a file that is new
 */
export function findHazards(after: Uint8Array, before: Uint8Array | null): readonly Hazard[] {
  const text = new TextDecoder("utf-8").decode(after);
  if (!isText(after) || !SUSPECT.test(text)) return [];
  const known = new Set(before === null ? [] : new TextDecoder("utf-8").decode(before).split("\n"));
  return text.split("\n").flatMap((line, index) => {
    const kind = SUSPECT.test(line) && !known.has(line) ? kindOf(line) : null;
    return kind === null ? [] : [{ kind, line: index + 1 }];
  });
}
