import { readFile } from "node:fs/promises";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { JourneymanError } from "../core/errors.ts";

/** Something wrong with a file: as `path:line what`. */
export type Fault = string;

export const evalsInvalid = (faults: readonly Fault[]): JourneymanError =>
  new JourneymanError("evals_invalid", { count: faults.length, faults: faults.join("; ") });

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: Fault[] };

type Path = readonly PropertyKey[];

const dotted = (path: Path): string => (path.length === 0 ? "the file" : `\`${path.join(".")}\``);

function sentences(issue: z.core.$ZodIssue): { readonly path: Path; readonly says: string }[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key], says: "is not known here" }));
  const missing = issue.code === "invalid_type" && issue.input === undefined;
  return [{ path: issue.path, says: missing ? "is missing" : `cannot be used: ${issue.message}` }];
}

/** Where a path stands, or the nearest thing around it. */
function offsetOf(contents: Node | null, path: Path): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const step of path) {
    const pair = isMap<Node, Node>(node)
      ? node.items.find(({ key }) => isScalar(key) && key.value === step)
      : undefined;
    const items = typeof step === "number" ? (node as { items?: readonly Node[] } | null)?.items : undefined;
    const item = typeof step === "number" && !isMap(node) ? items?.[step] : undefined;
    const at = pair?.key ?? item;
    if (at?.range == null) return offset;
    [offset] = at.range;
    node = pair?.value ?? item;
  }
  return offset;
}

/** A YAML text by its schema, or all that is wrong with it, with lines. `name` is what the file is called in faults. */
export function parseYaml<T>(schema: z.ZodType<T>, text: string, name: string): Read<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at = (offset: number): string => `${name}:${Math.max(1, lines.linePos(offset).line)}`;
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => `${at(pos[0])} is not YAML: ${message.split("\n")[0]}`);
    return { ok: false, faults };
  }
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.flatMap((issue) =>
    sentences(issue).map(({ path, says }) => ({
      offset: offsetOf(document.contents, path),
      text: `${dotted(path)} ${says}`,
    })),
  );
  return {
    ok: false,
    faults: faults.toSorted((a, b) => a.offset - b.offset).map(({ offset, text }) => `${at(offset)} ${text}`),
  };
}

/** The same for a file. A file that is not there is a fault as well. */
export async function readYamlFile<T>(schema: z.ZodType<T>, path: string, name: string): Promise<Read<T>> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? { ok: false, faults: [`${name}:1 is not there`] } : parseYaml(schema, text, name);
}
