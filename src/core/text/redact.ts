import { RunEvent } from "../events.ts";
import { ThinkingBlock, ToolCall } from "../messages.ts";
import { maskPatterns } from "./secret-patterns.ts";

/*
 * Removes secrets from text before it is written or shown.
 *
 * 1. A registered secret is found by any 16 of its letters and digits in a row, whatever stands between them, in either
 *    case, reversed, in base64 (three offsets), hexadecimal, percent and character codes.
 * 2. A registered secret too short for that is found whole. One of fewer than 6 characters is not looked for: masking it
 *    would destroy ordinary text.
 * 3. Secrets nobody registered are found by their published shapes (`core/text/secret-patterns.ts`).
 * 4. Time grows with the text's length alone, and a redacted text redacted again is itself.
 */

export type Redactor = (text: string) => string;

export const MASK = "[redacted]";
const WINDOW = 16;
const SHORTEST = 6;
const HASH_BASE = 31;
/** HASH_BASE to the power of WINDOW - 1, modulo 2^32: what a character leaving the window had contributed. */
const LEAVING = Array.from({ length: WINDOW - 1 }).reduce<number>((power) => Math.imul(power, HASH_BASE), 1);

interface Windows {
  readonly texts: ReadonlySet<string>;
  /** One bit for the low 20 bits of a window's hash: a cheap first question. */
  readonly filter: Uint8Array;
}

/** @param secrets whole values, as the program holds them: a password, not the address that contains it. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = secrets.map((secret) => secret.trim()).filter((secret) => secret.length >= SHORTEST);
  const long = known.filter((secret) => squeeze(bodyOf(secret)).letters.length >= WINDOW);
  const windows = windowsOf(long.flatMap((secret) => formsOf(bodyOf(secret))));
  const whole = known.filter((secret) => !long.includes(secret)).flatMap(wholeFormsOf);
  return (text) => {
    let masked = windows.texts.size === 0 ? text : maskWindows(text, windows);
    for (const form of whole) masked = masked.replaceAll(form, MASK);
    return maskPatterns(masked, MASK);
  };
}

/** The same fact with every text in it redacted. */
export const redactEvent = (redactor: Redactor, event: RunEvent): RunEvent =>
  RunEvent.parse(redactDeep(redactor, event));

/** A thought travels back to the vendor unchanged or not at all: its signature stands only while its text was left alone. */
function redactThought(redactor: Redactor, thought: ThinkingBlock): ThinkingBlock {
  const text = redactor(thought.text);
  return text === thought.text ? thought : { ...thought, text, signature: "" };
}

/** The same value where nothing was masked: then nothing of it is copied. */
function redactDeep(redactor: Redactor, value: unknown): unknown {
  if (typeof value === "string") return redactor(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return redactItems(redactor, value);
  const kind = "type" in value ? value.type : null;
  const thought = kind === "thinking" ? ThinkingBlock.safeParse(value) : null;
  if (thought?.success === true) return changedOr(value, thought.data, redactThought(redactor, thought.data));
  const call = kind === "tool_call" ? ToolCall.safeParse(value) : null;
  if (call?.success === true) return changedOr(value, call.data, redactCall(redactor, call.data));
  return redactMembers(redactor, value);
}

/** What a parsed copy came to; the value itself when the copy was left alone. */
const changedOr = (value: object, copy: object, masked: object): object => (masked === copy ? value : masked);

function redactItems(redactor: Redactor, items: readonly unknown[]): readonly unknown[] {
  const masked = items.map((item) => redactDeep(redactor, item));
  return masked.some((item, at) => item !== items[at]) ? masked : items;
}

/** A call whose input was masked says so: it must not be run, since what is left is not what was asked. */
function redactCall(redactor: Redactor, call: ToolCall): object {
  const masked = redactMembers(redactor, call);
  return "input" in masked && masked.input === call.input ? masked : { ...masked, redacted: true };
}

function redactMembers(redactor: Redactor, value: object): object {
  const members = Object.entries(value);
  const masked = members.map(([key, member]) => [key, redactDeep(redactor, member)] as const);
  return masked.some(([, member], at) => member !== members[at]?.[1]) ? Object.fromEntries(masked) : value;
}

/** A private key without its first and last line, which are the same in every key. */
const bodyOf = (secret: string): string => secret.replace(/-----(?:BEGIN|END)[^-\n]*-----/g, "").trim();

/** Ways to write a secret of which any part gives it away. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const codes = (write: (byte: number) => string): string => Array.from(bytes, write).join("");
  const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
  const shifted = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first and last characters also carry bits of what stands beside the secret.
    return text.slice(Math.ceil((offset * 8) / 6), -1);
  });
  const plain = [secret, encodeURIComponent(secret), codes(hex), ...shifted];
  return [
    ...plain,
    ...plain.map((form) => Array.from(form).toReversed().join("")),
    codes((byte) => `x${hex(byte)}`),
    codes((byte) => `u00${hex(byte)}`),
    codes((byte) => `${byte}`),
  ];
}

/** A short secret and its usual disguises, longest first. */
function wholeFormsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const hex = bytes.toString("hex");
  const forms = [
    secret,
    Array.from(secret).toReversed().join(""),
    encodeURIComponent(secret),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    hex,
    hex.toUpperCase(),
  ];
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}

interface Squeezed {
  /** The letters and digits, in lower case, one byte each. A mask that is already there counts as one other character. */
  readonly letters: Buffer;
  /** Where each stood. */
  readonly places: Uint32Array;
}

/** For each code below 128 what it counts as: a letter in lower case or a digit as itself, anything else as 0. */
const COUNTS_AS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0;
});

function squeeze(text: string): Squeezed {
  const letters = Buffer.alloc(text.length);
  const places = new Uint32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isMask = code === 0x5b && text.startsWith(MASK, at);
    const letter = isMask ? code : (COUNTS_AS[code] ?? 0);
    if (letter === 0) continue;
    letters[length] = letter;
    places[length++] = at;
    if (isMask) at += MASK.length - 1;
  }
  return { letters: letters.subarray(0, length), places };
}

const enter = (hash: number, code: number): number => (Math.imul(hash, HASH_BASE) + code) | 0;
const leave = (hash: number, code: number): number => (hash - Math.imul(LEAVING, code)) | 0;
/** The byte and the bit in it that stand for a hash. */
const bit = (hash: number): readonly [number, number] => [(hash >>> 3) & 0x1ffff, 1 << (hash & 7)];

function windowsOf(forms: readonly string[]): Windows {
  const texts = new Set<string>();
  const filter = new Uint8Array(0x20000);
  for (const form of forms) {
    const { letters } = squeeze(form);
    for (let at = 0; at + WINDOW <= letters.length; at++) {
      const window = letters.subarray(at, at + WINDOW);
      texts.add(window.toString("latin1"));
      const [byte, mask] = bit(window.reduce(enter, 0));
      filter[byte] = (filter[byte] ?? 0) | mask;
    }
  }
  return { texts, filter };
}

function maskWindows(text: string, windows: Windows): string {
  const { letters, places } = squeeze(text);
  let masked = "";
  let copied = 0;
  let hash = 0;
  for (let at = 0; at < letters.length; at++) {
    if (at >= WINDOW) hash = leave(hash, letters[at - WINDOW] ?? 0);
    hash = enter(hash, letters[at] ?? 0);
    const [byte, mask] = bit(hash);
    if (at < WINDOW - 1 || ((windows.filter[byte] ?? 0) & mask) === 0) continue;
    if (!windows.texts.has(letters.toString("latin1", at - WINDOW + 1, at + 1))) continue;
    const start = places[at - WINDOW + 1] ?? 0;
    if (start >= copied) masked += text.slice(copied, start) + MASK;
    copied = (places[at] ?? 0) + 1;
  }
  return masked + text.slice(copied);
}
