/*
 * An output shortened to the part of it worth reading. Runners are told by their lines, not by configuration.
 */

/** Longest part of a line that is looked at, in characters. */
const MAX_LINE = 2000;
const FAILURE_STARTS =
  /^(?:=+ (?:FAILURES|ERRORS) =+|\s*not ok \d|\s*✖ |\s*--- FAIL|(?:FAIL|ERROR): |failures:|\s+\d+ failing|\s*● |\s*FAIL\s|-{3,} .* stdout -{3,}|Traceback \(|\[ERROR\] |# \S+ \[\S+\.test\]$|\S.* FAILED$|.*\b(?:error|panic|fatal)(?:\[\w+\])?:)/i;
const HEAD_SHARE = 0.15;
const FAILURE_SHARE = 0.5;

/** Whether a line is one with which some runner, compiler or tool begins to tell of a failure. */
export const tellsOfFailure = (line: string): boolean => FAILURE_STARTS.test(line.slice(0, MAX_LINE));

/** The beginning, the first failure and the end of an output, in at most `maxChars` characters, cuts marked with their size. */
export function digestOutput(output: string, maxChars: number): string {
  if (output.length <= maxChars) return output;
  const room = Math.max(0, maxChars - 100);
  const head = Math.floor(room * HEAD_SHARE);
  const failure = Math.floor(room * FAILURE_SHARE);
  const tail = output.length - (room - head - failure);
  const start = Math.max(head, Math.min(firstFailure(output), tail - failure));
  const parts = [
    output.slice(0, head),
    cut(start - head),
    output.slice(start, start + failure),
    cut(tail - start - failure),
    output.slice(tail),
  ];
  return parts.join("").slice(0, maxChars);
}

const cut = (characters: number): string => (characters > 0 ? `\n… ${characters} characters left out …\n` : "");

function firstFailure(output: string): number {
  let at = 0;
  for (const line of output.split("\n")) {
    if (tellsOfFailure(line)) return at;
    at += line.length + 1;
  }
  return 0;
}
