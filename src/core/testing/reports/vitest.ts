import { linesOf, namesIn, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

/** ` FAIL  test/a.test.ts > group > name`, with the project between bars in a workspace. */
const TEST = /^ {0,4}FAIL {1,4}(?:\|[^|]{0,100}\| )?(\S+\.\w+ > .+)$/;
/** A file that could not be loaded: ` FAIL  test/a.test.ts [ test/a.test.ts ]` */
const FILE = /^ {0,4}FAIL {1,4}(?:\|[^|]{0,100}\| )?(\S+\.\w+) \[ .+ \]$/;

/** Vitest's reports for people. */
export function readVitest(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = [...namesIn(lines, TEST, FILE)].map((name) => testId(name));
  const counts = lines.filter((line) => /^ {2,8}Tests {2}/.test(line));
  const skipped = counts.flatMap((line) =>
    [...line.matchAll(/(\d{1,9}) (?:skipped|todo)\b/g)].map(([, count]) => Number(count)),
  );
  const counted = sumOf(counts, /\b(\d{1,9}) passed\b/) ?? (counts.length > 0 ? 0 : null);
  return outcomeOf("vitest", failing, {
    passed: counted,
    skipped: counted === null ? null : skipped.reduce((sum, count) => sum + count, 0),
  });
}
