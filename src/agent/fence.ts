import { JourneymanError } from "../core/errors.ts";

/** About 60 random bits or more, small letters and digits: text that was written before the run cannot name its own closing mark. */
const FENCE = /^[0-9a-z]{12,64}$/;

/**
 * Text of others between two marks that carry the run's random word. It is JSON with every `<` and `>` escaped, so no text can close its
 * fence even if it knew the word, and line breaks cannot look like a new message.
 * @throws internal when `word` is not random-looking: a fence without a secret word is none
 */
export function fenced(kind: string, word: string, value: unknown): string {
  if (!FENCE.test(word)) throw new JourneymanError("internal", { reason: "a fence needs a random word" });
  return `<${kind}-${word}>\n${escapedJson(value)}\n</${kind}-${word}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

const escapedJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[<>\u2028\u2029]/g, (character) => ESCAPES[character] ?? character);

/** The start of a long text with an honest word on the rest. */
export const clipped = (text: string, characters: number): string =>
  text.length <= characters
    ? text
    : `${text.slice(0, characters)} [… ${text.length - characters} more characters left out]`;
