import { linesOf, namesIn, sumOf } from "./lines.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { testId } from "./test-id.ts";

/** `  Failed Sums.Tests.Adds(a: 1) [12 ms]` */
const FAILED = /^ {2}Failed (\S.*?) \[(?:< )?\d[\d.,]* ?\w{1,3}(?: \d+ \w{1,3})?\]$/;
/** The same from the newer test platform: `failed Sums.Tests.Adds (12ms)` */
const FAILED_PLATFORM = /^failed (\S.*?) \(\d[\w. ]{0,20}\)$/;
/** `Failed!  - Failed:     1, Passed:     3, Skipped:     1, Total:     5, Duration: 9 ms - Sums.Tests.dll (net8.0)` */
const TOTAL = /^(?:Failed|Passed|Skipped)! +- Failed: +\d{1,9}, Passed: +(\d{1,9}),/;
const SKIPPED = /^(?:Failed|Passed|Skipped)! +- .* Skipped: +(\d{1,9}),/;
/** `/workspace/Sums.cs(3,5): error CS1002: ; expected [/workspace/Sums.csproj]`: the project that does not build. */
const NOT_BUILT = /\(\d+,\d+\): error \w+: .*\[([^[\]]+proj)\]$/;

/** The report of `dotnet test` for people. A project that does not build is named by itself. */
export function readDotnet(text: string): Outcome | null {
  const lines = linesOf(text);
  const failing = [...namesIn(lines, FAILED, FAILED_PLATFORM)].map((name) => testId(name));
  for (const project of namesIn(lines, NOT_BUILT)) failing.push(testId(`could not compile ${project}`));
  return outcomeOf("dotnet", failing, { passed: sumOf(lines, TOTAL), skipped: sumOf(lines, SKIPPED) });
}
