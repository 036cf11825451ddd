/*
 * Characters that a person does not see but a program reads: the classes used to hide text or to reorder it.
 * One list for what comes in (`core/text/hidden.ts`) and for what goes out (`core/text/defuse.ts`).
 */

const CLASS = [
  "\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5",
  "\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F",
  "\\u2800\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF9-\\uFFFB",
  "\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}",
].join("");

const INVISIBLE = new RegExp(`[${CLASS}]`, "gu");
/** U+200D joins pictographs and U+FE0F picks their coloured form: in that place both are part of what is seen. */
const EMOJI_JOIN =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}#*0-9]\uFE0F?)(?:\uFE0F|\u200D(?=\p{Extended_Pictographic}))/gu;
const KEPT_JOINER = "\u0001";
const KEPT_SELECTOR = "\u0002";

/* oxlint-disable no-control-regex -- control characters are what is looked for here */
/** Terminal control sequences: CSI, OSC and other strings (to their end or to the next escape), and two-byte escapes. */
const TERMINAL =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** Text a log line or a comment can hold: terminal sequences and control characters removed, line ends as `\n`. */
export const printable = (text: string): string =>
  text
    .replace(TERMINAL, "")
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(CONTROL, "");

/** `text` holds no control character, so two of them can stand for the kept joiners meanwhile. */
function replaceInvisible(text: string, replacement: (character: string) => string): string {
  return text
    .replace(EMOJI_JOIN, (joiner) => (joiner === "\u200D" ? KEPT_JOINER : KEPT_SELECTOR))
    .replace(INVISIBLE, replacement)
    .replaceAll(KEPT_JOINER, "\u200D")
    .replaceAll(KEPT_SELECTOR, "\uFE0F");
}

/** Marks on one letter beyond what any language writes. Composing takes time with the square of their number. */
const HEAP = /(\p{M}{30})\p{M}+/gu;

/**
 * Printable text without invisible characters, in Unicode's composed form (NFC), and how many runs of them there were. A heap of marks on
 * one letter is cut: nobody can read what stands in it.
 */
export function dropInvisible(text: string): { readonly text: string; readonly runs: number } {
  let runs = 0;
  let last = -2;
  let seen = 0;
  const mark = "\u0003";
  const marked = replaceInvisible(printable(text), () => mark);
  for (let at = marked.indexOf(mark); at !== -1; at = marked.indexOf(mark, at + 1), seen++) {
    if (at !== last + 1) runs++;
    last = at;
  }
  const kept = (seen === 0 ? marked : marked.replaceAll(mark, "")).replace(HEAP, (_, marks: string) => {
    runs++;
    return marks;
  });
  return { text: kept.normalize("NFC"), runs };
}

/** Printable text in which each invisible character is written as its code, for example `(U+202E)`. */
export const showInvisible = (text: string): string =>
  replaceInvisible(
    printable(text),
    (character) => `(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`,
  );
