import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { z } from "zod";
import { didYouMean, dotted, type SettingsPath } from "./settings-keys.ts";
import { Settings, type SettingsFault } from "./settings.ts";

/*
 * The text of a settings file as settings, or as all that is wrong with it, each fault with its line.
 * The text is a stranger's: its size, its aliases and its depth are bounded before anything is built from it.
 */

export type SettingsReading =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly SettingsFault[] };

const MAX_CHARACTERS = 65_536;
/** A nested flow collection costs the YAML reader one call a level; settings have four. */
const MAX_DEPTH = 32;
const MAX_FAULTS = 50;

type Settled = Document.Parsed;

export function readSettings(text: string): SettingsReading {
  const refused = refusedUnread(text);
  if (refused !== null) return { ok: false, faults: [refused] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => fault(lineAt(error.pos[0]), [], sentence(error.message)));
    return { ok: false, faults: faults.slice(0, MAX_FAULTS) };
  }
  const parsed = Settings.safeParse(plainValue(document.contents) ?? {});
  if (parsed.success) return { ok: true, settings: parsed.data };
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, document, lineAt));
  return { ok: false, faults: faults.toSorted((a, b) => a.line - b.line).slice(0, MAX_FAULTS) };
}

/** The line on which a setting stands, or the nearest thing around it, in a file that was read without faults. */
export function lineOfSetting(text: string, path: SettingsPath): number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  return lineOf(document, path, (offset) => Math.max(1, lines.linePos(offset).line));
}

function refusedUnread(text: string): SettingsFault | null {
  if (text.length > MAX_CHARACTERS)
    return fault(1, [], `the file has ${text.length} characters; at most ${MAX_CHARACTERS} are read`);
  let depth = 0;
  for (const [index, line] of text.split("\n").entries()) {
    depth = Math.max(0, depth + (line.match(/[[{]/g)?.length ?? 0) - (line.match(/[\]}]/g)?.length ?? 0));
    if (depth > MAX_DEPTH || (line.match(/[[{]/g)?.length ?? 0) > MAX_DEPTH || /^(?:[ \t]*[-?:](?=\s)){33}/.test(line))
      return fault(index + 1, [], `more than ${MAX_DEPTH} brackets or dashes within each other are not read`);
    if (line.search(/\S/) > MAX_DEPTH * 8) return fault(index + 1, [], "the line is indented too deeply");
  }
  return null;
}

/** The value of a node. Aliases are refused as values: no setting needs one, and they can multiply without bound. */
function plainValue(node: Node | null, depth = 0): unknown {
  if (node === null || depth > MAX_DEPTH) return null;
  if (isScalar(node)) return node.value;
  if (isSeq<Node>(node)) return node.items.map((item) => plainValue(item, depth + 1));
  if (!isMap<Node, Node | null>(node)) return Symbol.for("alias");
  // Without a prototype a key such as `__proto__` is a key like any other.
  const value: Record<string, unknown> = Object.create(null);
  // A key with nothing after it counts as not given: its settings may all be commented out.
  for (const { key, value: member } of node.items) value[keyText(key)] = plainValue(member, depth + 1) ?? undefined;
  return value;
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : "(not a plain key)");

function faultsOf(issue: z.core.$ZodIssue, document: Settled, lineAt: (offset: number) => number): SettingsFault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return fault(
        lineOf(document, path, lineAt),
        path,
        `${dotted(path)} is not a setting${didYouMean(issue.path, key)}`,
      );
    });
  }
  const wanted = wantedOf(issue, valueAt(document, issue.path));
  const subject = issue.path.length === 0 ? "the file" : dotted(issue.path);
  return [fault(lineOf(document, issue.path, lineAt), issue.path, `${subject} ${wanted}`)];
}

const fault = (line: number, path: SettingsPath, message: string): SettingsFault => ({
  line,
  path: dotted(path),
  message,
});

function valueAt(document: Settled, path: SettingsPath): unknown {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isScalar(node) ? node.value : node;
}

/** The line of a path's own key (or list item), or of the nearest thing around it that is written down. */
function lineOf(document: Settled, path: SettingsPath, lineAt: (offset: number) => number): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const item = isMap<Node>(parent) ? parent.items.find(({ key }) => keyText(key) === last)?.key : undefined;
    const node = item ?? (isSeq<Node>(parent) && typeof last === "number" ? parent.items[last] : undefined);
    if (node?.range != null) return lineAt(node.range[0]);
  }
  return lineAt(document.contents?.range[0] ?? 0);
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of settings",
};

/** What a setting must be, in words; each sentence starts after the setting's name. */
function wantedOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (isAlias(value)) return "must be written out: aliases (*name) are not read";
  const unit = typeof value === "string" ? " characters" : typeof value === "number" ? "" : " entries";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${NOUNS[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_value":
      return `must be one of: ${issue.values.join(", ")}`;
    case "too_small":
      if (unit === " characters") return "must not be empty";
      if (unit !== "") return `must have at least ${issue.minimum}${unit}`;
      return issue.inclusive === false
        ? `must be a number greater than ${issue.minimum}`
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return unit === "" ? `must be at most ${issue.maximum}` : `must have at most ${issue.maximum}${unit}`;
    default:
      return `cannot be used: ${issue.message}`;
  }
}

const sentence = (message: string): string => `this is not YAML that can be read: ${message.split("\n", 1)[0] ?? ""}`;
