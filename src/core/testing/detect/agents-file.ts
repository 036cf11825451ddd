/*
 * AGENTS.md states a command in one of two ways:
 *   a line       Tests: `npm test`
 *   a section    a heading "Tests", "Test" or "Running tests", whose first fenced block holds exactly one line
 */

const LINE = /^(?:[-*] )?\**Tests?:?\**:? +`([^`]{1,1000})`\.?$/;
const MAX_COMMAND = 1000;

/** The test command that the text of AGENTS.md states; null when it states none. */
export function statedCommand(text: string): string | null {
  const lines = text.split("\n").map((line) => line.trimEnd());
  let inSection = false;
  for (const [index, line] of lines.entries()) {
    const stated = LINE.exec(line)?.[1];
    if (stated !== undefined) return stated;
    if (/^#{1,6} /.test(line)) inSection = /^#{1,6} +(?:running +)?tests?$/i.test(line);
    else if (inSection && line.startsWith("```")) return onlyCommand(lines, index + 1);
  }
  return null;
}

function onlyCommand(lines: readonly string[], start: number): string | null {
  const end = lines.indexOf("```", start);
  const [command, ...more] = lines.slice(start, end === -1 ? start : end).filter((line) => line.trim() !== "");
  if (command === undefined || more.length > 0 || command.length > MAX_COMMAND) return null;
  return command.replace(/^\$ +/, "");
}
