import { writeFileSync } from "node:fs";
import { globSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { faultPage, type FaultCase } from "./page.ts";
import { ALL } from "./selection.ts";

/*
 * A reporter of vitest that writes `docs/faults.md`: only after the whole of the suites, so that neither a sample nor a single case that was
 * looked into passes for it.
 */

const PAGE = "docs/faults.md";
const FILES = "test/faults/**/*.test.ts";

/** `kill-points-sqlite.test.ts` → `kill points sqlite`; what lies in a folder of its own is named after the folder. */
function suiteOf(file: string): string {
  const [folder = "", ...rest] = relative("test/faults", file).split("/");
  return (rest.length > 0 ? folder : folder.replace(/\.test\.ts$/, "")).replaceAll("-", " ");
}

/** The matrix says the outcome at the end of a case's name. */
const codeIn = (name: string): string => /: (R1\/T|R1|[RTESWPQH])$/.exec(name)?.[1] ?? "";

function caseOf(module: TestModule, test: TestCase): FaultCase {
  const noted = test.meta().fault;
  return {
    suite: noted?.suite ?? suiteOf(relative(process.cwd(), module.moduleId)),
    store: noted?.store ?? "sqlite",
    name: test.name,
    code: noted?.code ?? codeIn(test.name),
    state: test.result().state,
    seconds: (test.diagnostic()?.duration ?? 0) / 1000,
  };
}

const isWhole = (modules: readonly TestModule[], cases: readonly FaultCase[]): boolean =>
  ALL &&
  modules.length === globSync(FILES).length &&
  cases.every(({ state }) => state === "passed" || state === "failed");

export default class FaultTable implements Reporter {
  private readonly begun = Date.now();

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()].map((test) => caseOf(module, test)));
    if (!isWhole(modules, cases)) {
      process.stdout.write(`${PAGE} stays as it is: this was not the whole of the fault suites\n`);
      return;
    }
    writeFileSync(PAGE, faultPage(cases, (Date.now() - this.begun) / 1000));
    process.stdout.write(`${PAGE} written\n`);
  }
}
