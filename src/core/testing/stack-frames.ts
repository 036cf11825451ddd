/*
 * Frames of stack traces, told by their lines. A frame belongs to a dependency, a runtime or a runner when its place or its package
 * says so; every other frame counts as the repository's own.
 */

const FRAME =
  /^\s*(?:at \S|File "[^"]{1,500}", line \d|❯ \S+:\d|from \S+:\d+:in |# \S+:\d+(?::in |$))|^\t\S+\.go:\d+ |^\S+\.py:\d+: in /;
const PYTHON = /^\s*File "/;
const OF_OTHERS =
  /node_modules\/|\bnode:[a-z]|\(<anonymous>\)|(?:site|dist)-packages\/|\/usr\/|\/rustc\/|\/\.cargo\/|\/\.cache\/|\/\.venv\/|\/gems\/|lib\/python\d|\bat (?:java|javax|jdk|sun|junit|org\.junit|org\.apache\.maven|org\.gradle|org\.testng|kotlin|scala|System|Xunit|NUnit)\./;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** A line of a text with its number, from 0; a line that stands for lines left out has the number -1. */
export interface NumberedLine {
  readonly at: number;
  readonly text: string;
}

/** The lines without frames of others; where some stood, one line says how many. A frame's own source line goes with it. */
export function withoutForeignFrames(lines: readonly NumberedLine[]): NumberedLine[] {
  const kept: NumberedLine[] = [];
  let dropped = 0;
  /** Lines indented deeper than this belong to a frame of Python's that was dropped. */
  let below: number | null = null;
  const note = (): void => {
    if (dropped > 0) kept.push({ at: -1, text: `    (frames of others left out: ${dropped})` });
    dropped = 0;
  };
  for (const line of lines) {
    const isFrame = FRAME.test(line.text);
    if (!isFrame && below !== null && indentOf(line.text) > below) continue;
    below = null;
    if (isFrame && OF_OTHERS.test(line.text)) {
      dropped++;
      if (PYTHON.test(line.text)) below = indentOf(line.text);
      continue;
    }
    note();
    kept.push(line);
  }
  note();
  return kept;
}
