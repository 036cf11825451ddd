import { countOf, listOf, recordOf, reportsIn, textOf } from "./json.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";

/** Absolute paths of one report, cut by the folder they share, so that they are the same wherever it was run. */
function shorteners(paths: readonly string[]): (path: string) => string {
  const folders = paths.map((path) => path.split("/").slice(0, -1));
  const [first = []] = folders;
  const shared = first.findIndex((part, at) => folders.some((folder) => folder[at] !== part));
  const cut = shared === -1 ? first.length : shared;
  return (path) => (path.startsWith("/workspace/") ? path : path.split("/").slice(cut).join("/"));
}

function failuresOf(report: Readonly<Record<string, unknown>>): string[] {
  const files = listOf(report["testResults"]).map(recordOf);
  const short = shorteners(files.map((file) => textOf(file["name"])));
  return files.flatMap((file) => {
    const name = short(textOf(file["name"]));
    const failed = listOf(file["assertionResults"])
      .map(recordOf)
      .filter((result) => result["status"] === "failed");
    if (failed.length === 0 && file["status"] === "failed") return [testId(name)];
    return failed.map((result) =>
      testId(name, ...listOf(result["ancestorTitles"]).map(textOf), textOf(result["title"])),
    );
  });
}

/** The JSON that jest and vitest share. A file that could not be loaded is named by its path. */
export function readJestJson(text: string): Outcome | null {
  const reports = reportsIn(text, '"numTotalTests"').filter((report) => Array.isArray(report["testResults"]));
  if (reports.length === 0) return null;
  const sum = (...keys: readonly string[]): number =>
    reports.flatMap((report) => keys.map((key) => countOf(report[key]) ?? 0)).reduce((left, right) => left + right, 0);
  return outcomeOf("jest-json", numbered(reports.flatMap(failuresOf)), {
    passed: sum("numPassedTests"),
    skipped: sum("numPendingTests", "numTodoTests"),
  });
}
