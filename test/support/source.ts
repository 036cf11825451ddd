import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";

/*
 * The project's own source as data for the architecture tests: what a file imports, the functions it holds, and its syntax
 * tree for rules about single expressions.
 */

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The project's own file, relative to the root; null for a package or a built-in module. */
  readonly own: string | null;
}

export interface SourceFunction {
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
}

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly SourceFunction[];
  readonly nodes: readonly Node[];
  readonly lineOf: (node: Node) => number;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** Every node under `root`, parents before children. */
function allNodes(root: Node): Node[] {
  const found: Node[] = [];
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    const children = Object.values(node).flat().filter(isNode);
    open.push(...children.toReversed());
  }
  return found;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const IMPORTS = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

export function parseSource(path: string, text: string): SourceFile {
  const nodes = allNodes(parseAst(text, { lang: "ts" }) as unknown as Node);
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const lineAt = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1;
  const imports = nodes.filter((node) => IMPORTS.has(node.type)).flatMap((node) => importOf(path, node));
  const functions = nodes
    .filter((node) => FUNCTIONS.has(node.type))
    .map((node) => ({
      line: lineAt(node.start),
      lines: lineAt(node.end) - lineAt(node.start) + 1,
      parameters: Array.isArray(node["params"]) ? node["params"].length : 0,
    }));
  const lines = text.endsWith("\n") ? starts.length - 1 : starts.length;
  return { path, lines, imports, functions, nodes, lineOf: (node) => lineAt(node.start) };
}

function importOf(path: string, node: Node): Import[] {
  const source = isNode(node["source"]) ? node["source"] : node["argument"];
  const literal = isNode(source) && isNode(source["literal"]) ? source["literal"] : source;
  if (!isNode(literal) || typeof literal["value"] !== "string") return [];
  const specifier = literal["value"];
  return [{ specifier, own: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null }];
}

/** Paths of all TypeScript files under a folder of the project, sorted. */
export function sourcePaths(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .toSorted();
}

export const readSource = (folder: string): SourceFile[] =>
  sourcePaths(folder).map((path) => parseSource(path, readFileSync(join(ROOT, path), "utf8")));
