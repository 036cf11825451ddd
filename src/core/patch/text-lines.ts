/** One line of a file with the end it has: `\n`, `\r\n`, or nothing for a last line without one. */
export interface TextLine {
  readonly text: string;
  readonly end: string;
}

export function splitLines(text: string): readonly TextLine[] {
  const parts = text.split("\n");
  const last = parts.pop() ?? "";
  const lines = parts.map((part) =>
    part.endsWith("\r") ? { text: part.slice(0, -1), end: "\r\n" } : { text: part, end: "\n" },
  );
  return last === "" ? lines : [...lines, { text: last, end: "" }];
}

/** The end that most lines have. */
export function usualEnd(lines: readonly TextLine[]): string {
  const crlf = lines.filter(({ end }) => end === "\r\n").length;
  return crlf * 2 > lines.length ? "\r\n" : "\n";
}

/** The text again; a line that lost its place at the end gets the usual end, and the last one `lastEnd`. */
export const joinLines = (lines: readonly TextLine[], usual: string, lastEnd: string): string =>
  lines
    .map(({ text, end }, place) => text + (place === lines.length - 1 ? lastEnd : end === "" ? usual : end))
    .join("");
