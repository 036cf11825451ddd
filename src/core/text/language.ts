/*
 * Which language a text is in, for as far as that is certain. By its script; in Latin script by the small words that every sentence of a
 * language has, and only when they leave no doubt. What is not certain is null: nobody is corrected on a guess.
 */

/** Chinese and Japanese share a script, so they are not told apart. */
const SCRIPTS = {
  Latin: /\p{sc=Latin}/gu,
  Cyrillic: /\p{sc=Cyrillic}/gu,
  Greek: /\p{sc=Greek}/gu,
  Arabic: /\p{sc=Arabic}/gu,
  Hebrew: /\p{sc=Hebrew}/gu,
  Thai: /\p{sc=Thai}/gu,
  Devanagari: /\p{sc=Devanagari}/gu,
  Korean: /\p{sc=Hangul}/gu,
  "Chinese or Japanese": /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu,
} as const;

/** Small words that hardly any other of these languages has. */
const SMALL_WORDS: Readonly<Record<string, string>> = {
  English: "the and of to is that it for with this are not when should from which have but they",
  German: "der die das und ist nicht ein eine mit auf für den dem wird werden wenn sich auch aber oder",
  French: "le les des est une dans pour que qui pas sur avec ce cette sont plus mais être lorsque",
  Spanish: "el los las una es por para con del cuando pero está como más este esta debe sino hay",
  Portuguese: "o os uma não para com do da em é quando mas está como mais este deve são isso",
  Italian: "il gli una è per con del della che non quando ma sono come più questo deve nel anche",
  Dutch: "de het een en van is niet dat op te met voor wordt zijn als maar ook bij naar",
};

const WORDS = new Map(Object.entries(SMALL_WORDS).map(([name, words]) => [name, new Set(words.split(" "))]));

/** Of a text, this many characters tell its language. */
const MAX_CHARS = 20_000;

const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`?/gu;
/** A mark of addresses, file names and code, with more of the word behind it: the end of a sentence is none. */
const MARKED = /[/_\\.(){}<>=]\S/u;
const CAMEL = /[a-z][A-Z]/u;

/**
 * Code, addresses and names of files say nothing about the language. Whole words are judged one by one: an expression that looked for
 * such words in the text itself would try every start of a long one.
 */
const proseOf = (text: string): string =>
  text
    .slice(0, MAX_CHARS)
    .replaceAll(CODE, " ")
    .replaceAll(/\S+/gu, (word) => (MARKED.test(word) ? " " : word))
    .replaceAll(/\w+/gu, (word) => (CAMEL.test(word) ? " " : word));

/** Letters that a text must have before its script is believed. A word of Chinese has fewer than one of English. */
const FEWEST_LETTERS = { Latin: 40, other: 12 };
const MOST_OF_IT = 0.8;

const FEWEST_SMALL_WORDS = 6;
const TIMES_MORE = 4;

/** The name of the language or, where only that is certain, of the script; null when neither is. */
export interface Spoken {
  readonly script: keyof typeof SCRIPTS;
  /** Null for Latin script in a language that is not certain. */
  readonly language: string | null;
}

export function spokenIn(text: string): Spoken | null {
  const prose = proseOf(text);
  const counts = Object.entries(SCRIPTS).map(([name, script]) => [name, prose.match(script)?.length ?? 0] as const);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const [name, count] = counts.reduce((most, each) => (each[1] > most[1] ? each : most), ["Latin", 0] as const);
  const script = name as Spoken["script"]; // a key of SCRIPTS
  if (count < (script === "Latin" ? FEWEST_LETTERS.Latin : FEWEST_LETTERS.other) || count < all * MOST_OF_IT)
    return null;
  return { script, language: script === "Latin" ? latinLanguage(prose) : script };
}

function latinLanguage(prose: string): string | null {
  const words = prose.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = [...WORDS]
    .map(([name, small]) => [name, words.filter((word) => small.has(word)).length] as const)
    .toSorted(([, a], [, b]) => b - a);
  const [[name, most], [, second]] = [counts[0] ?? ["", 0], counts[1] ?? ["", 0]];
  return most >= FEWEST_SMALL_WORDS && most >= second * TIMES_MORE ? name : null;
}

/** Whether two texts are in different languages beyond doubt. */
export const isOtherLanguage = (one: Spoken, other: Spoken): boolean =>
  one.script !== other.script || (one.language !== null && other.language !== null && one.language !== other.language);
