import { readGoJson } from "./go-json.ts";
import { readJestJson } from "./jest-json.ts";
import { readJunit } from "./junit.ts";
import { readMochaJson } from "./mocha-json.ts";
import type { Reader } from "./outcome.ts";
import { readRspecJson } from "./rspec.ts";
import { readTrx } from "./trx.ts";

/** Readers of reports that are written for programs: in files of their own, or as a command's whole output. */
export const FOR_PROGRAMS: readonly Reader[] = [
  readJunit,
  readTrx,
  readJestJson,
  readMochaJson,
  readRspecJson,
  readGoJson,
];
