/*
 * How many tokens a text may have, erring upward, without the vendor's tokenizer. What costs most tokens for its bytes is what a
 * tokenizer has not learnt as words: digits, signs, one-letter names, characters beyond ASCII, and long runs (base64, hashes).
 */

/** Bytes per token. */
const WORDS = 3.5;
const SIGNS = 2;
const DIGITS = 1.5;
const DENSE = 1.5;

/** A run of so many letters, digits and signs of base64 is no word of any language. */
const LONG_RUN = 40;

const LETTER = 1;
const DIGIT = 2;
const SIGN = 3;
const BLANK = 4;

/** What each character of ASCII counts as. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z]/.test(character)) return LETTER;
  if (/[0-9]/.test(character)) return DIGIT;
  return code <= 0x20 || code === 0x7f ? BLANK : SIGN;
});

/** Whether a character of ASCII may stand in base64, a hash or a name. */
const RUNS = Uint8Array.from({ length: 128 }, (_, code) => Number(/[\w+/=-]/.test(String.fromCharCode(code))));

/** By kind, so many characters; `words` are runs of letters. */
interface Counts {
  readonly kinds: Uint32Array;
  words: number;
  dense: number;
}

/** One pass: this is asked of every byte that a conversation holds. */
function countsOf(text: string): Counts {
  const counts: Counts = { kinds: new Uint32Array(5), words: 0, dense: 0 };
  let isWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const end = runEnd(text, at);
    if (end - at >= LONG_RUN) {
      counts.dense += end - at;
      at = end - 1;
      isWord = false;
      continue;
    }
    for (const last = Math.max(end, at + 1); at < last; at += 1) {
      const kind = KINDS[text.charCodeAt(at)] ?? 0;
      counts.kinds[kind] = (counts.kinds[kind] ?? 0) + 1;
      if (kind === LETTER && !isWord) counts.words += 1;
      isWord = kind === LETTER;
    }
    at -= 1;
  }
  return counts;
}

function runEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && RUNS[text.charCodeAt(at)] === 1) at += 1;
  return at;
}

/** Upper bound of the tokens of a text. Every word is a token at least, which tells minified code from prose. */
export function tokenBound(text: string): number {
  const { kinds, words, dense } = countsOf(text);
  const [, letters = 0, digits = 0, signs = 0, blanks = 0] = kinds;
  const beyond = Buffer.byteLength(text) - dense - letters - digits - signs - blanks;
  const ordinary = Math.max(words, letters / WORDS) + blanks / WORDS + digits / DIGITS + (signs + beyond) / SIGNS;
  return Math.ceil(dense / DENSE + ordinary);
}

/** What blocks come to as UTF-8 JSON. */
export interface Size {
  readonly bytes: number;
  /** Upper bound. */
  readonly tokens: number;
}

export const ZERO_SIZE: Size = { bytes: 0, tokens: 0 };

export const addSize = (a: Size, b: Size): Size => ({ bytes: a.bytes + b.bytes, tokens: a.tokens + b.tokens });

const sizes = new WeakMap<object, Size>();

/** A block is never changed, so it is measured once. */
export function sizeOf(block: object): Size {
  const known = sizes.get(block);
  if (known !== undefined) return known;
  const json = JSON.stringify(block);
  const size = { bytes: Buffer.byteLength(json), tokens: tokenBound(json) };
  sizes.set(block, size);
  return size;
}

export const sizeOfAll = (blocks: readonly object[]): Size => blocks.map(sizeOf).reduce(addSize, ZERO_SIZE);
