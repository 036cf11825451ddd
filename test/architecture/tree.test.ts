import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXCEPTIONS } from "../support/architecture.ts";
import * as rules from "../support/rules.ts";
import { parseSource, readSource, ROOT } from "../support/source.ts";

const source = readSource("src");
const tests = readSource("test");
const config = parseSource("vitest.config.ts", readFileSync(join(ROOT, "vitest.config.ts"), "utf8"));

describe("the source", () => {
  const kept: Readonly<Record<string, rules.Rule>> = {
    "every arrow goes down, and a driver knows only its own vendor": rules.layers,
    "nobody imports app": rules.nobodyImportsApp,
    "no file imports itself by any way round": rules.cycles,
    "no file is longer than the bound": rules.fileLength,
    "no function is longer than the bound": rules.functionLength,
    "no function takes more positional parameters than the bound": rules.parameters,
    "no file but the composition root imports more own files than the bound": rules.ownImportCount,
    "the proportions hold": rules.proportions,
    "nothing is any": rules.noAny,
    "every error is in the catalogue": rules.noBareErrors,
    "the environment is read in one file": rules.environmentOnlyInConfig,
    "there are no default exports": rules.noDefaultExports,
    "there are no barrels": rules.noBarrels,
    "every folder is named by a noun": rules.noDrawerFolders,
  };
  test.each(Object.entries(kept))("%s", (_, rule) => {
    expect(rule(source)).toEqual([]);
  });
});

describe("the tests", () => {
  const kept: Readonly<Record<string, rules.Rule>> = {
    "no file is longer than the bound": rules.fileLength,
    "no module is mocked": rules.noModuleMocks,
    "no test is held back": rules.noHeldBackTests,
    "nothing is any": rules.noAny,
    "there are no default exports": rules.noDefaultExports,
    "there are no barrels": rules.noBarrels,
  };
  test.each(Object.entries(kept))("%s", (_, rule) => {
    expect(rule([...tests, config])).toEqual([]);
  });
});

test("every exception names a file that is there, and is still needed", () => {
  const gone = EXCEPTIONS.filter(({ file }) => !existsSync(join(ROOT, file)));
  expect(gone).toEqual([]);
  const idle = EXCEPTIONS.filter(({ file, rule, what }) => {
    const found = source.find(({ path }) => path === file);
    return rule === "import" && found?.imports.every(({ specifier }) => specifier !== what) === true;
  });
  expect(idle).toEqual([]);
});
