/*
 * XML as a tree of elements, from a document that anyone may have written. No entity is declared or expanded by the parser: the five
 * of XML and character references are put back here, afterwards. A document that is too large, too deep or not well formed is no document.
 */

import { XMLParser } from "fast-xml-parser";

/** Largest document in characters. */
const MAX_CHARS = 8 * 1024 * 1024;
const MAX_DEPTH = 40;

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

const ATTRIBUTES = ":@";
const TEXT = new Set(["#text", "?xml"]);
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  allowBooleanAttributes: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  maxNestedTags: MAX_DEPTH,
});

const character = (code: number): string | null => (code <= 0x10ffff ? String.fromCodePoint(code) : null);

function entity(reference: string): string {
  const [, decimal, hexadecimal] = /^&#(?:(\d{1,7})|x([\da-f]{1,6}));$/i.exec(reference) ?? [];
  if (decimal !== undefined) return character(Number(decimal)) ?? reference;
  if (hexadecimal !== undefined) return character(Number.parseInt(hexadecimal, 16)) ?? reference;
  return ENTITIES[reference.slice(1, -1)] ?? reference;
}

const unescaped = (text: string): string => text.replace(/&#?\w{1,8};/g, entity);

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function attributesOf(node: Record<string, unknown>): Record<string, string> {
  const raw = node[ATTRIBUTES];
  if (!isRecord(raw)) return {};
  const texts = Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.map(([name, value]) => [name, unescaped(value)]));
}

function elementsOf(nodes: unknown): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.filter(isRecord).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || TEXT.has(name)) return [];
    return [{ name, attributes: attributesOf(node), children: elementsOf(node[name]) }];
  });
}

/** The document's outermost element; null when the text is no XML document that can be read. */
export function parseXml(text: string): XmlElement | null {
  const start = text.slice(0, 200).trimStart();
  if (!start.startsWith("<") || text.length > MAX_CHARS || text.includes("<!ENTITY")) return null;
  try {
    return elementsOf(parser.parse(text.trimStart()))[0] ?? null;
  } catch {
    return null;
  }
}
