import { readFileSync } from "node:fs";

/** A table of a Markdown file: one record a row, by column name. */
export type Row = Readonly<Record<string, string>>;

export const readDoc = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8").replaceAll("\r\n", "\n");

/** Cells of a line; `\|` is a bar inside a cell. */
const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

const isTableLine = (line: string): boolean => line.startsWith("|");

/** The rows of every table whose first column has this name. */
export function rowsOf(text: string, firstColumn: string): Row[] {
  const rows: Row[] = [];
  let header: string[] | null = null;
  for (const line of text.split("\n")) {
    if (!isTableLine(line)) header = null;
    else if (header === null) header = cellsOf(line);
    else if (!/^[|\s:-]+$/.test(line) && header[0] === firstColumn) {
      const cells = cellsOf(line);
      rows.push(Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ""])));
    }
  }
  return rows;
}

/** A cell's text without the marks of inline code around it. */
export const bare = (cell: string | undefined): string => (cell ?? "").replace(/^(`+) ?(.*?) ?\1$/, "$2");

/** The names in a table's first column, in order. */
export const namesOf = (text: string, firstColumn: string): string[] =>
  rowsOf(text, firstColumn).map((row) => bare(row[firstColumn]));
